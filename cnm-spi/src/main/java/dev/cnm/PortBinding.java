package dev.cnm;

import java.net.InetAddress;

/**
 * A port of the host that leads to a port of a sandbox. What {@code docker port} shows.
 *
 * @param hostAddress the host's address; the unspecified one of its family for all of them
 * @param hostPort 1 to 65535
 * @param containerPort 1 to 65535
 * @param protocol of both
 */
public record PortBinding(
    InetAddress hostAddress, int hostPort, int containerPort, Protocol protocol) {

  /** Checks the ports. */
  public PortBinding {
    PortMapping.requirePort(hostPort, "host port");
    PortMapping.requirePort(containerPort, "container port");
  }

  /** The host's side, such as {@code 0.0.0.0:8080} or {@code [::]:8080}. */
  public String host() {
    String address = IpPrefix.text(hostAddress);
    return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + hostPort;
  }

  /** Such as {@code 80/tcp -> 0.0.0.0:8080}. */
  @Override
  public String toString() {
    return containerPort + "/" + protocol + " -> " + host();
  }
}
