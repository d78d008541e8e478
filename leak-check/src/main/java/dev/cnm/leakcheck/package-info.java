/**
 * What a test may not leave behind. With this module on the class path, each test class is followed
 * by a look at the machine: namespaces, links, nftables tables, mounts, processes and descriptors
 * must be those from before.
 */
package dev.cnm.leakcheck;
