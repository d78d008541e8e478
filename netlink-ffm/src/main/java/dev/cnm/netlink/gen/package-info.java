/**
 * What jextract makes of the C headers: constants and struct layouts. Not exported, not edited by
 * hand; {@code netlink-ffm/jextract} holds the script and the include lists it comes from.
 */
package dev.cnm.netlink.gen;
