/** The host driver: the network stack of the host that the controller works in. */
package dev.cnm.driver.host;
