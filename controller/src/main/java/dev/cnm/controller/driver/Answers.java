package dev.cnm.controller.driver;

import static dev.cnm.controller.driver.BadAnswerException.given;

import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.MacAddress;
import dev.cnm.Names;
import dev.cnm.PortBinding;
import dev.cnm.PortMapping;
import dev.cnm.spi.DriverCapabilities;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.EndpointResult;
import dev.cnm.spi.Finding;
import dev.cnm.spi.JoinResult;
import dev.cnm.spi.JoinResult.InterfaceMade;
import dev.cnm.spi.JoinResult.StaticRoute;
import dev.cnm.spi.SandboxSource;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a driver may answer. Each returns a copy that has nothing of the driver's in it. */
final class Answers {

  /** The most that a driver is remembered for, in characters of all keys and values of one map. */
  static final int MOST_STATE = 65_536;

  private static final int MOST_ENTRIES = 1_000;
  private static final int LONGEST_TEXT = 4_096;

  private Answers() {}

  static DriverCapabilities capabilities(DriverCapabilities answer) throws BadAnswerException {
    given(answer, "its capabilities");
    given(answer.dataScope(), "the scope of its data");
    given(answer.connectivityScope(), "the scope of its networks");
    return answer;
  }

  static SandboxSource source(SandboxSource answer) throws BadAnswerException {
    if (given(answer, "the source of a sandbox") instanceof SandboxSource.SharedWith(String name)) {
      text(name, "the sandbox to be shared");
    }
    return answer;
  }

  static String prefix(String answer) throws BadAnswerException {
    return linkName(given(answer, "the beginning of interface names"), "999");
  }

  private static String linkName(String name, String number) throws BadAnswerException {
    try {
      Names.requireInterfaceName(name + number);
      return name;
    } catch (InvalidParameterException e) {
      throw new BadAnswerException(
          "the name of a link that the kernel doesn't take: " + e.getMessage());
    }
  }

  /** Maps of other people may be of any class. */
  static Map<String, String> state(Map<String, String> answer) throws BadAnswerException {
    Map<String, String> copy = new HashMap<>();
    long size = 0;
    for (Map.Entry<?, ?> entry : ((Map<?, ?>) given(answer, "its state")).entrySet()) {
      if (!(entry.getKey() instanceof String key) || !(entry.getValue() instanceof String value)) {
        throw new BadAnswerException("a state that has more than texts in it");
      }
      size += key.length() + value.length();
      if (size > MOST_STATE) {
        throw new BadAnswerException("a state of more than " + MOST_STATE + " characters");
      }
      copy.put(key, value);
      if (copy.size() > MOST_ENTRIES) {
        throw new BadAnswerException("a state of more than " + MOST_ENTRIES + " entries");
      }
    }
    return Map.copyOf(copy);
  }

  private static <T> List<T> list(List<T> answer, String what) throws BadAnswerException {
    List<T> copy = new ArrayList<>();
    for (T element : given(answer, what)) {
      copy.add(given(element, "one of " + what));
      if (copy.size() > MOST_ENTRIES) {
        throw new BadAnswerException("more than " + MOST_ENTRIES + " as " + what);
      }
    }
    return copy;
  }

  static String text(String answer, String what) throws BadAnswerException {
    if (given(answer, what).length() > LONGEST_TEXT) {
      throw new BadAnswerException(
          what + " with " + answer.length() + " characters; " + LONGEST_TEXT + " are the most");
    }
    return Names.printable(answer);
  }

  static EndpointResult endpoint(EndpointContext endpoint, EndpointResult answer)
      throws BadAnswerException {
    given(answer, "the endpoint");
    Optional<MacAddress> mac = given(answer.mac(), "the MAC address");
    if (endpoint.mac().isPresent() && !mac.equals(endpoint.mac())) {
      throw new BadAnswerException(
          "the MAC address "
              + mac.map(MacAddress::toString).orElse("none")
              + ", but the endpoint has "
              + endpoint.mac().get());
    }
    if (mac.isPresent() && (mac.get().isGroup() || mac.get().bits() == 0)) {
      throw new BadAnswerException(
          "the MAC address " + mac.get() + ", which no interface can have");
    }
    return new EndpointResult(mac, state(answer.driverState()));
  }

  static JoinResult join(JoinResult answer) throws BadAnswerException {
    InterfaceMade made = given(given(answer, "what joining made").interfaceMade(), "the interface");
    if (made instanceof InterfaceMade.OnHost(String link)) {
      linkName(given(link, "the link on the host"), "");
      if (link.equals("lo")) {
        throw new BadAnswerException("the host's loopback as the interface");
      }
    }
    requireFamily(given(answer.gateway4(), "the IPv4 gateway"), false);
    requireFamily(given(answer.gateway6(), "the IPv6 gateway"), true);
    List<StaticRoute> routes = list(answer.routes(), "the routes");
    for (StaticRoute route : routes) {
      IpPrefix destination = given(route.destination(), "the destination of a route");
      if (!destination.isNetwork()) {
        throw new BadAnswerException(
            "a route to " + destination + ", which should be " + destination.network());
      }
      requireFamily(given(route.nextHop(), "the next hop of a route"), destination.isIpv6());
    }
    return new JoinResult(
        made, answer.gateway4(), answer.gateway6(), routes, state(answer.driverState()));
  }

  private static void requireFamily(Optional<InetAddress> address, boolean ipv6)
      throws BadAnswerException {
    if (address.isPresent() && (address.get() instanceof java.net.Inet6Address) != ipv6) {
      throw new BadAnswerException(
          IpPrefix.text(address.get()) + " where an " + (ipv6 ? "IPv6" : "IPv4") + " address goes");
    }
  }

  static List<PortBinding> bindings(List<PortMapping> wanted, List<PortBinding> answer)
      throws BadAnswerException {
    List<PortBinding> bindings = list(answer, "the published ports");
    Set<String> known = new HashSet<>();
    wanted.forEach(it -> known.add(it.containerPort() + "/" + it.protocol()));
    for (PortBinding binding : bindings) {
      given(binding.hostAddress(), "the address of a published port");
      given(binding.protocol(), "the protocol of a published port");
      if (!known.contains(binding.containerPort() + "/" + binding.protocol())) {
        throw new BadAnswerException("the published port " + binding + ", which nobody asked for");
      }
    }
    return List.copyOf(bindings);
  }

  static List<Finding> findings(List<Finding> answer) throws BadAnswerException {
    List<Finding> findings = new ArrayList<>();
    for (Finding finding : list(answer, "its findings")) {
      findings.add(
          new Finding(
              given(finding.severity(), "the severity of a finding"),
              text(finding.what(), "a finding"),
              text(finding.remedy(), "the remedy of a finding")));
    }
    return List.copyOf(findings);
  }

  static Map<String, String> information(Map<String, String> answer) throws BadAnswerException {
    Map<String, String> information = new HashMap<>();
    for (Map.Entry<String, String> entry : state(answer).entrySet()) {
      information.put(Names.printable(entry.getKey()), Names.printable(entry.getValue()));
    }
    return Map.copyOf(information);
  }
}
