package dev.cnm.driver.bridge;

import dev.cnm.AddressPool;
import dev.cnm.EndpointOptions;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.NetworkOptions;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.driver.KernelNamespaces;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.DriverContext;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.Existing;
import dev.cnm.spi.ExternalConnectivity;
import dev.cnm.spi.Finding;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.NetworkContext;
import dev.cnm.spi.NetworkDriver;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Three namespaces that play a host, its neighbour on a LAN and an outsider on another link, both
 * with routes to all subnets through the host; networks and containers on the host; and servers and
 * clients in any of them. It plays the controller's part towards the driver, too.
 */
final class Town implements AutoCloseable {

  static final String HOST = "192.0.2.1";
  static final String HOST_6 = "2001:db8::1";

  private static final int CAN_MILLIS = 10_000;
  private static final int CANNOT_MILLIS = 250;

  final NetworkNamespace host = namespace();
  final NetworkNamespace neighbour = namespace();
  final NetworkNamespace outsider = namespace();
  final List<EndpointContext> joined = new ArrayList<>();
  final List<NetworkContext> networks = new ArrayList<>();
  NetworkDriver driver;

  private final List<AutoCloseable> opened = new ArrayList<>();

  final HostSettings settings;

  /** With a host as this machine makes a new one. */
  Town() throws IOException {
    this(HostSettings.BRIDGE_NETFILTER);
  }

  Town(HostSettings settings) throws IOException {
    this.settings = settings;
    run(host, settings.script());
    link("lan", neighbour, "192.0.2", "2001:db8::");
    link("wan", outsider, "198.51.100", "2001:db8:ffff::");
    driver = newDriver();
  }

  private static NetworkNamespace namespace() {
    try {
      NetworkNamespace made = NetworkNamespace.create();
      run(made, "ip link set lo up");
      return made;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void link(String name, NetworkNamespace other, String net4, String net6)
      throws IOException {
    run(
        host,
        "ip link add %s type veth peer name eth0 netns %s; ip addr add %s.1/24 dev %s;"
            .formatted(name, other.path(), net4, name));
    if (settings.hasIpv6()) {
      run(
          host,
          // Forwarding over IPv6 begins with a link-local address.
          "ip addr add fe80::1/64 dev %s nodad; ip addr add %s1/64 dev %s nodad"
              .formatted(name, net6, name));
    }
    run(host, "ip link set %s up".formatted(name));
    run(
        other,
        "ip addr add %s.2/24 dev eth0; ip addr add %s2/64 dev eth0 nodad; ip link set eth0 up;"
                .formatted(net4, net6)
            + "ip route add default via %s.1; ip route add default via %s1;".formatted(net4, net6)
            // Asked for, the carrier is looked at now, not within a second (linkwatch_sync_dev).
            + "ip link show eth0 >/dev/null");
    run(host, "ip link show %s >/dev/null".formatted(name));
  }

  NetworkDriver newDriver() throws IOException {
    return newDriver("cnm-00000001");
  }

  /** One more on the same host, whose networks are this owner's. */
  NetworkDriver newDriver(String owner) throws IOException {
    return new BridgeDriverFactory()
        .create(
            new DriverContext(
                KernelNamespaces.handle(host),
                List.of(),
                new Existing() {
                  @Override
                  public List<NetworkContext> networks() {
                    return List.copyOf(networks);
                  }

                  @Override
                  public List<EndpointContext> endpoints() {
                    return List.copyOf(joined);
                  }
                },
                owner));
  }

  /** Runs a line of shell and returns what it printed. */
  static String run(NetworkNamespace namespace, String script) throws IOException {
    Process process =
        namespace.start(
            new ProcessBuilder("sh", "-c", script).redirectError(ProcessBuilder.Redirect.INHERIT));
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** What the driver finds, but for what is only worth knowing. */
  List<Finding> troubles() throws IOException {
    return driver.findings().stream().filter(it -> it.severity() != Finding.Severity.NOTE).toList();
  }

  /** All settings of the host's links, and of all of them, a line each. */
  static String settings(NetworkNamespace namespace) throws IOException {
    return run(
        namespace,
        "cd /proc/sys/net; grep -r . ipv4/conf ipv6/conf ipv4/ip_forward 2>/dev/null | sort");
  }

  /** The lines that only one of two texts has. */
  static List<String> difference(String one, String other) {
    List<String> lines = new ArrayList<>(one.lines().toList());
    List<String> others = new ArrayList<>(other.lines().toList());
    one.lines().forEach(others::remove);
    other.lines().forEach(lines::remove);
    lines.addAll(others);
    return lines;
  }

  /**
   * Has a link of a namespace advertise itself as the router to everybody (RFC 4861, section 4.2).
   */
  static void advertise(NetworkNamespace from, String link, String linkLocal) throws IOException {
    run(
        from,
        "ip addr replace %s/64 dev %s nodad;".formatted(linkLocal, link)
            + "printf '\\206\\0\\0\\0\\100\\0\\007\\010\\0\\0\\0\\0\\0\\0\\0\\0' |"
            // IPV6_MULTICAST_HOPS, which must be 255, and IPV6_MULTICAST_IF is the zone's.
            + " socat -u - 'IP6-SENDTO:[ff02::1%%%s]:58,setsockopt-int=41:18:255,bind=[%s%%%s]'"
                .formatted(link, linkLocal, link));
  }

  String table() throws IOException {
    return run(host, "nft list table inet cnm");
  }

  /** A network with these subnets, whose gateway is the first address. */
  NetworkContext network(String name, NetworkOptions.Builder options, String... subnets)
      throws IOException {
    return network(driver, name, options, subnets);
  }

  /** The same by another driver. */
  NetworkContext network(
      NetworkDriver by, String name, NetworkOptions.Builder options, String... subnets)
      throws IOException {
    List<AddressPool> pools = new ArrayList<>();
    options.ipv4(false);
    for (String subnet : subnets) {
      IpPrefix prefix = IpPrefix.parse(subnet);
      if (prefix.isIpv6()) {
        options.ipv6(true);
      } else {
        options.ipv4(true);
      }
      byte[] gateway = prefix.address().getAddress();
      gateway[gateway.length - 1] = 1;
      pools.add(
          new AddressPool(
              "pool",
              prefix,
              Optional.empty(),
              Optional.of(InetAddress.getByAddress(gateway)),
              Map.of()));
    }
    String id = String.format("%08x", name.hashCode()).repeat(8);
    NetworkContext plain = new NetworkContext(id, name, options.build(), pools, false, Map.of());
    NetworkContext made =
        new NetworkContext(id, name, plain.options(), pools, false, by.createNetwork(plain));
    networks.add(made);
    return made;
  }

  /** A sandbox with an endpoint in a network. */
  Container container(NetworkContext network, int number) throws IOException {
    NetworkNamespace namespace =
        NetworkNamespace.create(
            Map.of(
                "net/ipv6/conf/default/disable_ipv6", "1",
                "net/ipv6/conf/all/disable_ipv6", "1"));
    opened.add(namespace);
    return new Container(namespace, join(namespace, network, number, "eth0", Optional.empty()));
  }

  /** The same with a MAC address that the caller chose. */
  Container container(NetworkContext network, int number, MacAddress mac) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.create();
    opened.add(namespace);
    return new Container(namespace, join(namespace, network, number, "eth0", Optional.of(mac)));
  }

  private EndpointContext join(
      NetworkNamespace namespace,
      NetworkContext network,
      int number,
      String link,
      Optional<MacAddress> mac)
      throws IOException {
    EndpointContext plain =
        new EndpointContext(
            network,
            String.format("%07x", (network.name() + number).hashCode() & 0xfffffff)
                .repeat(10)
                .substring(0, 64),
            "c" + number,
            EndpointOptions.defaults(),
            address(network.ipv4(), number),
            address(network.ipv6(), number),
            mac,
            Map.of(),
            List.of());
    EndpointResult result = driver.createEndpoint(plain);
    EndpointContext endpoint =
        new EndpointContext(
            network,
            plain.id(),
            plain.name(),
            plain.options(),
            plain.ipv4(),
            plain.ipv6(),
            result.mac(),
            result.driverState(),
            List.of());
    driver.join(
        new JoinContext(
            endpoint,
            "c".repeat(64),
            KernelNamespaces.handle(namespace),
            link,
            link.equals("eth0"),
            link.equals("eth0"),
            Map.of()));
    return endpoint;
  }

  private static Optional<IpPrefix> address(Optional<AddressPool> pool, int number) {
    return pool.map(it -> {
      byte[] octets = it.subnet().address().getAddress();
      octets[octets.length - 1] = (byte) number;
      try {
        return new IpPrefix(InetAddress.getByAddress(octets), it.subnet().length());
      } catch (java.net.UnknownHostException e) {
        throw new AssertionError(e);
      }
    });
  }

  /** A sandbox in the town. */
  final class Container {
    final NetworkNamespace namespace;
    EndpointContext endpoint;
    private final List<NetworkContext> beside = new ArrayList<>();

    private Container(NetworkNamespace namespace, EndpointContext endpoint) {
      this.namespace = namespace;
      this.endpoint = endpoint;
    }

    String ip() {
      return endpoint.ipv4().orElseThrow().address().getHostAddress();
    }

    String ip6() {
      return IpPrefix.text(endpoint.ipv6().orElseThrow().address());
    }

    /** Joins a further network, which doesn't give the default route. */
    EndpointContext join(NetworkContext network, int number) throws IOException {
      beside.add(network);
      return Town.this.join(namespace, network, number, "eth" + beside.size(), Optional.empty());
    }

    /** As {@code -p}, once for each text. */
    List<PortBinding> publish(String... mappings) throws IOException {
      List<PortMapping> ports = new ArrayList<>();
      for (String mapping : mappings) {
        ports.addAll(PortMapping.parse(mapping));
      }
      boolean outside = !endpoint.network().options().internal();
      List<PortBinding> bindings =
          driver.programExternalConnectivity(
              endpoint,
              new ExternalConnectivity(
                  outside && endpoint.ipv4().isPresent(),
                  outside && endpoint.ipv6().isPresent(),
                  false,
                  ports,
                  List.of(),
                  beside));
      joined.remove(endpoint);
      endpoint =
          new EndpointContext(
              endpoint.network(),
              endpoint.id(),
              endpoint.name(),
              endpoint.options(),
              endpoint.ipv4(),
              endpoint.ipv6(),
              endpoint.mac(),
              endpoint.driverState(),
              bindings);
      joined.add(endpoint);
      return bindings;
    }

    void withdraw() throws IOException {
      driver.revokeExternalConnectivity(endpoint);
    }
  }

  /** Has a namespace answer on a TCP port with {@code name}, a space and the asker's address. */
  void answer(NetworkNamespace namespace, int port, String name) throws IOException {
    ServerSocket server = in(namespace, () -> new ServerSocket(port));
    opened.add(server);
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try (Socket asker = server.accept()) {
              // Only when the asker has said that it is done: the proxy must carry that.
              asker.getInputStream().readAllBytes();
              asker
                  .getOutputStream()
                  .write((name + " " + asker.getInetAddress().getHostAddress()).getBytes());
            } catch (IOException e) {
              continue;
            }
          }
        });
  }

  /** The same by UDP. */
  void answerDatagrams(NetworkNamespace namespace, int port, String name) throws IOException {
    DatagramSocket server = in(namespace, () -> new DatagramSocket(port));
    opened.add(server);
    Thread.ofVirtual()
        .start(() -> {
          byte[] bytes = new byte[1000];
          while (!server.isClosed()) {
            try {
              DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
              server.receive(packet);
              byte[] answer = (name + " " + packet.getAddress().getHostAddress()).getBytes();
              server.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
              continue;
            }
          }
        });
  }

  /** What is answered by TCP, or {@code refused} or {@code silence}. */
  String ask(NetworkNamespace from, String address, int port) throws IOException {
    return ask(from, address, port, CAN_MILLIS);
  }

  /** Whether nobody answers; to be asked beside a question that somebody answers. */
  boolean isSilent(NetworkNamespace from, String address, int port) throws IOException {
    String answer = ask(from, address, port, CANNOT_MILLIS);
    return answer.equals("silence") || answer.equals("refused");
  }

  private static String ask(NetworkNamespace from, String address, int port, int millis)
      throws IOException {
    return in(
        from,
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), millis);
            socket.setSoTimeout(millis);
            socket.getOutputStream().write("hello".getBytes());
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes());
            return answer.isEmpty() ? "refused" : answer;
          } catch (java.net.SocketTimeoutException e) {
            return "silence";
          } catch (IOException e) {
            return "refused";
          }
        });
  }

  /** What is answered by UDP, or {@code silence}. */
  String askByDatagram(NetworkNamespace from, String address, int port) throws IOException {
    return in(
        from,
        () -> {
          try (DatagramSocket socket = new DatagramSocket()) {
            return exchange(socket, address, port);
          }
        });
  }

  static String exchange(DatagramSocket socket, String address, int port) throws IOException {
    socket.connect(new InetSocketAddress(address, port));
    for (int attempt = 0; attempt < 20; attempt++) {
      socket.setSoTimeout(CAN_MILLIS / 20);
      try {
        socket.send(new DatagramPacket(new byte[] {'?'}, 1));
        DatagramPacket answer = new DatagramPacket(new byte[1000], 1000);
        socket.receive(answer);
        return new String(answer.getData(), 0, answer.getLength());
      } catch (java.net.SocketTimeoutException | java.net.PortUnreachableException e) {
        continue;
      }
    }
    return "silence";
  }

  static <T> T in(NetworkNamespace namespace, java.util.concurrent.Callable<T> task)
      throws IOException {
    try {
      return namespace.call(task);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  void closing(AutoCloseable later) {
    opened.add(later);
  }

  @Override
  public void close() throws IOException {
    driver.close();
    for (AutoCloseable one : opened) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
    outsider.close();
    neighbour.close();
    host.close();
  }
}
