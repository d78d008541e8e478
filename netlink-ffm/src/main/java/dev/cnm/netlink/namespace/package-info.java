/**
 * Namespaces ({@code namespaces(7)}): network namespaces to make, open, keep and run code in, and
 * what a process that is to live in one needs of mount and UTS namespaces.
 *
 * <p>Entering a namespace changes one kernel thread ({@code setns(2)}, {@code unshare(2)}). It
 * happens here on platform threads of our own only, which either end inside or come back, never on
 * a thread of the caller's: a virtual thread would leave its carrier changed behind it.
 */
package dev.cnm.netlink.namespace;
