/**
 * The bridge driver: a network is a Linux bridge on the host ({@link
 * dev.cnm.driver.bridge.Bridges}), an endpoint a veth pair with one end on the bridge and the other
 * in the sandbox ({@link dev.cnm.driver.bridge.SandboxEnd}). What may pass the host, and as whom,
 * stands in one nftables table, {@code inet cnm}, in sets that each network and each published port
 * adds an element to ({@link dev.cnm.driver.bridge.Layout}, {@link dev.cnm.driver.bridge.Entry},
 * {@link dev.cnm.driver.bridge.Firewall}), so that the number of rules is the same for one as for a
 * thousand. A published port is held by a socket ({@link dev.cnm.driver.bridge.HostPort}, {@link
 * dev.cnm.driver.bridge.Publishing}).
 */
package dev.cnm.driver.bridge;
