package dev.cnm.spi;

/**
 * An endpoint about to join a sandbox.
 *
 * @param endpoint the endpoint
 * @param sandboxId the sandbox's id
 * @param sandbox the sandbox's namespace, in which the loopback link may still be down: the driver
 *     that makes an interface there sets it up with the same batch; setting it up twice is harmless
 * @param interfaceName the name that the interface is to have inside
 * @param defaultRoute whether the driver is to add the default routes; when false, another endpoint
 *     of the sandbox gives them
 */
public record JoinContext(
    EndpointContext endpoint,
    String sandboxId,
    NamespaceHandle sandbox,
    String interfaceName,
    boolean defaultRoute) {}
