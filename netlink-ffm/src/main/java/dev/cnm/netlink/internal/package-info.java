/**
 * The calls into the C library. They are written by hand because what jextract generates can't
 * capture {@code errno}, and because one shape for all of them links in a fraction of the time. All
 * else that is known of the C library and the kernel comes from {@link dev.cnm.netlink.gen}. Not
 * exported: nobody outside this module makes a native call.
 */
package dev.cnm.netlink.internal;
