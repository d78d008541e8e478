/**
 * What a driver implements. A network driver makes a kind of network ({@link
 * dev.cnm.spi.NetworkDriver}), an IPAM driver hands out addresses ({@link dev.cnm.spi.IpamDriver}).
 * Each is found with {@link java.util.ServiceLoader} through its factory, which carries its type in
 * an annotation, so that a driver nobody uses is never loaded:
 *
 * {@snippet :
 * @DriverType("quiet")
 * public final class QuietDriverFactory implements NetworkDriverFactory {
 *   public NetworkDriver create(DriverContext context) {
 *     return new QuietDriver();
 *   }
 * }
 * }
 *
 * <p>A provider is named both in {@code module-info.java} ({@code provides NetworkDriverFactory
 * with …}), for programs on the module path, and in {@code
 * META-INF/services/dev.cnm.spi.NetworkDriverFactory}, for those on the class path.
 *
 * <p>The calls are those of libnetwork's {@code driverapi} and {@code ipamapi}, with one
 * difference: the kernel's work is done in {@link dev.cnm.spi.NetworkDriver#join}, which is given
 * the sandbox's namespace, and not in {@code createEndpoint}. So an interface can be created where
 * it will stay, under its final name; moving it there afterwards is what costs most of an
 * attachment's time.
 *
 * <p>A driver keeps no state of its own that has to survive: each call receives the network and the
 * endpoint with all that is known of them, and what a call returns as state is kept by the
 * controller and given back with the next. The controller never makes two calls for one endpoint at
 * once, but calls for different endpoints come from different threads at the same time.
 *
 * <p>{@code NetworkDriverContract} in this module's test jar holds what every network driver must
 * do as tests; extend it in yours.
 */
package dev.cnm.spi;
