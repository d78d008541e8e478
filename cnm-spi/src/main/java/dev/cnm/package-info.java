/**
 * The container network model (CNM) as a program sees it: a {@link dev.cnm.Sandbox} is a network
 * stack, a {@link dev.cnm.Endpoint} joins one sandbox to one {@link dev.cnm.Network}, and a network
 * is a group of endpoints that can talk to each other. The terms and the flow are libnetwork's
 * (github.com/moby/moby, daemon/libnetwork, docs/design.md).
 *
 * <p>The flow, in five steps:
 *
 * {@snippet :
 * try (NetworkController controller = NetworkController.create()) {
 *   Network web =
 *       controller.newNetwork("bridge", "web", NetworkOptions.subnet("10.99.0.0/24"));
 *   Endpoint eth = web.createEndpoint("c1-web");   // the address is reserved
 *   Sandbox c1 = controller.newSandbox("c1");      // the namespace exists
 *   eth.join(c1);                                  // eth0 is up inside, with address and route
 *   c1.start(new ProcessBuilder("ip", "addr").inheritIO());
 * }
 * }
 *
 * <p>Failures come in two families. What the kernel refuses is a checked {@link
 * java.io.IOException}; the ones from our own drivers keep the errno. What the caller got wrong (a
 * name that is taken, an address outside the subnet, a sandbox that is gone) is an unchecked {@link
 * dev.cnm.CnmException}, thrown before the kernel is touched. All types of this package are safe
 * for use by several threads.
 *
 * <p>An interrupted thread ends what it has begun, or undoes it if it fails, and stays interrupted.
 * Where it would have to wait for another program that is changing the same, it gives up with an
 * {@link java.io.InterruptedIOException} and nothing is changed.
 */
package dev.cnm;
