/**
 * The network controller. {@link dev.cnm.controller.LocalController} puts the container network
 * model together: it checks what is asked, reserves names and addresses, calls the network and IPAM
 * drivers that it finds as services, and remembers the outcome in a {@link
 * dev.cnm.controller.state.StateStore}.
 *
 * <p>Each operation goes the same way: one short transaction that checks and writes down what is
 * intended; the driver's and the kernel's work, outside every transaction and every shared lock;
 * one more transaction that writes down what came of it. What fails is undone in reverse. What a
 * process leaves half made because it ends in between is found by its intent and undone by whoever
 * opens the store next.
 *
 * {@snippet :
 * try (LocalController controller =
 *     LocalController.open(ControllerOptions.defaults(), new MemoryStateStore())) {
 *   Network web = controller.newNetwork("bridge", "web", NetworkOptions.defaults());
 *   Sandbox c1 = controller.newSandbox("c1");
 *   web.createEndpoint("c1").join(c1);
 * }
 * }
 */
package dev.cnm.controller;
