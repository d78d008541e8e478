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
 * is needed of it, hands that over and goes back, so that it holds no namespace that it has made.
 * In a new namespace it does as little as can be: a thread that the JVM started meanwhile would
 * stay there.
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
    int home = Linux.open("/proc/self/ns/net", libc.O_RDONLY() | libc.O_CLOEXEC());
    int back = home < 0 ? home : Linux.setns(home, libc.CLONE_NEWNET());
    while (true) {
      Order order;
      try {
        order = ORDERS.take();
      } catch (InterruptedException e) {
        // Nobody has this thread to interrupt it.
        continue;
      }
      try {
        Failures.check(back, "enter the namespace that new ones are made from");
        order.result.complete(make(order.sysctls));
      } catch (Throwable e) {
        order.result.completeExceptionally(e);
      }
      if (back >= 0) {
        back = Linux.setns(home, libc.CLONE_NEWNET());
      }
      PrivateProcfs.renewIfWorn();
    }
  }

  private static NetworkNamespace make(Map<String, String> sysctls) throws IOException {
    Failures.check(Linux.unshare(libc.CLONE_NEWNET()), "create a network namespace");
    for (Map.Entry<String, String> setting : sysctls.entrySet()) {
      Sysctl.writeHere(setting.getKey(), setting.getValue());
    }
    NetlinkSocket route = NetlinkSocket.open(NetlinkFamily.ROUTE);
    int fd = Linux.open("/proc/thread-self/ns/net", libc.O_RDONLY() | libc.O_CLOEXEC());
    try {
      Failures.check(fd, "open the new network namespace");
      return new NetworkNamespace(fd, route);
    } catch (IOException e) {
      route.close();
      throw e;
    }
  }
}
