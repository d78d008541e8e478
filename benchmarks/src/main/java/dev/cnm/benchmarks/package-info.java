/** What the endpoint's way through the library costs, measured with JMH. */
package dev.cnm.benchmarks;
