/**
 * Internet sockets as the JDK doesn't make them: IPv6 without IPv4, SCTP, deaf until somebody
 * listens, and datagrams with the address that they came to. Made in the network namespace of the
 * calling thread; usable from any thread, and made for virtual ones: a call that has to wait parks
 * the thread, while one platform thread for the whole process polls.
 *
 * {@snippet :
 * InetSocket server = namespace.call(() -> {
 *   InetSocket socket = InetSocket.open(true, InetSocket.TCP);
 *   socket.bind(new InetSocketAddress("::1", 8080));
 *   socket.listen();
 *   return socket;
 * });
 * while (true) {
 *   InetSocket connection = server.accept();
 *   Thread.ofVirtual().start(() -> serve(connection));
 * }
 * }
 */
package dev.cnm.netlink.inet;
