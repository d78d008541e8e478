package dev.cnm.spi;

import java.util.Map;

/**
 * An endpoint about to join a sandbox.
 *
 * @param endpoint the endpoint
 * @param sandboxId the sandbox's id
 * @param sandbox the sandbox's namespace, in which the loopback link may still be down: the driver
 *     that makes an interface there sets it up with the same batch; setting it up twice is harmless
 * @param interfaceName the name that the interface is to have inside
 * @param gateway4 whether the driver is to add the IPv4 default route; when false, another endpoint
 *     of the sandbox gives it
 * @param gateway6 whether the driver is to add the IPv6 default route, likewise
 * @param sysctls what to set inside before the interface goes up: values by the path below {@code
 *     /proc/sys}, such as {@code net/ipv4/conf/eth0/log_martians}
 */
public record JoinContext(
    EndpointContext endpoint,
    String sandboxId,
    NamespaceHandle sandbox,
    String interfaceName,
    boolean gateway4,
    boolean gateway6,
    Map<String, String> sysctls) {

  /** Copies the map. */
  public JoinContext {
    sysctls = Map.copyOf(sysctls);
  }
}
