/**
 * The bridge driver: a network is a Linux bridge on the host, an endpoint a veth pair with one end
 * on the bridge and the other in the sandbox. What is to be forwarded and masqueraded stands in one
 * nftables table, {@code inet cnm}, in sets that each network adds its bridge to, so that the
 * number of rules is the same for one network as for a thousand.
 */
package dev.cnm.driver.bridge;
