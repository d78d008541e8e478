/** The null driver: a network stack of one's own with nothing in it but the loopback link. */
package dev.cnm.driver.none;
