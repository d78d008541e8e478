package dev.cnm.netlink.namespace;

import dev.cnm.netlink.NetlinkFamily;
import dev.cnm.netlink.NetlinkSocket;
import dev.cnm.netlink.gen.libc;
import dev.cnm.netlink.internal.Linux;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Makes network namespaces: one platform thread that leaves its namespace for a new one, opens what
 * is needed of it, goes back and hands that over (see {@link NamespaceThread}). So it holds no
 * namespace that it has made, and wakes nobody in one.
 */
final class NamespaceFactory {

  private record Order(Map<String, String> sysctls, CompletableFuture<NetworkNamespace> result) {}

  private static final LinkedBlockingQueue<Order> ORDERS = new LinkedBlockingQueue<>();

  static {
    Thread.ofPlatform().name("cnm-namespaces").daemon().start(NamespaceFactory::work);
  }

  private NamespaceFactory() {}

  static NetworkNamespace create(Map<String, String> sysctls) throws IOException {
    Order order = new Order(sysctls, new CompletableFuture<>());
    ORDERS.add(order);
    try {
      return NamespaceThread.await(order.result);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void work() {
    int back = NamespaceThread.goHome();
    while (true) {
      Order order;
      try {
        order = ORDERS.take();
      } catch (InterruptedException e) {
        // Nobody has this thread to interrupt it.
        continue;
      }
      int here = back;
      Runnable handOver =
          NamespaceThread.run(
              () -> {
                Failures.check(here, "enter the namespace that new ones are made from");
                return make(order.sysctls);
              },
              order.result);
      back = NamespaceThread.goHome();
      handOver.run();
      PrivateProcfs.renewIfWorn();
    }
  }

  private static NetworkNamespace make(Map<String, String> sysctls) throws IOException {
    Failures.check(Linux.unshare(libc.CLONE_NEWNET()), "create a network namespace");
    for (Map.Entry<String, String> setting : sysctls.entrySet()) {
      Sysctl.ensureHere(setting.getKey(), setting.getValue());
    }
    NetlinkSocket route = NetlinkSocket.open(NetlinkFamily.ROUTE);
    int fd = Linux.open("/proc/thread-self/ns/net", libc.O_RDONLY() | libc.O_CLOEXEC());
    try {
      Failures.check(fd, "open the new network namespace");
      return new NetworkNamespace(fd, route);
    } catch (Throwable e) {
      route.close();
      throw e;
    }
  }
}
