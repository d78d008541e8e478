/**
 * Links, addresses, routes, neighbours and rules ({@code rtnetlink(7)}): immutable records out, and
 * requests in, which can be executed one by one or several in one batch of a {@link
 * dev.cnm.netlink.NetlinkSocket}.
 *
 * <p>The plan for a container's interface, which the bridge driver follows, creates the pair with
 * its peer already in the other namespace; what the kernel can't do in that message, or silently
 * ignores in it, the builders have no way to say:
 *
 * {@snippet :
 * LinkSpec pair =
 *     LinkSpec.veth("veth1a2b3c4")
 *         .peer("eth0", namespace)
 *         .master(bridge)
 *         .up()
 *         .build();
 * Link host = new Links(socket).create(pair);
 * int eth0 = host.peerIndex().orElseThrow();
 * namespace
 *     .route()
 *     .submit(
 *         List.of(
 *             LinkChange.of("eth0").up().build(),
 *             AddressSpec.of(eth0, InetAddress.ofLiteral("10.99.0.2"), 24).build(),
 *             RouteSpec.defaultVia(InetAddress.ofLiteral("10.99.0.1")).build()))
 *     .orElseThrow();
 * }
 */
package dev.cnm.netlink.route;
