/** The container driver: the network stack of another sandbox, shared with it. */
package dev.cnm.driver.container;
