package dev.cnm.netlink;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The kernel refused a request. The message says what was attempted, in which namespace, the errno
 * and, if the kernel gave them, its own words and the attribute it objects to (the extended
 * acknowledgement, Documentation/userspace-api/netlink/intro.rst).
 */
public final class NetlinkException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int number;
  private final String request;
  private final @Nullable String kernelMessage;
  private final @Nullable String attribute;
  private final String namespace;

  NetlinkException(
      int number,
      String request,
      String namespace,
      @Nullable String kernelMessage,
      @Nullable String attribute) {
    super(sentence(number, request, namespace, kernelMessage, attribute));
    this.number = number;
    this.request = request;
    this.namespace = namespace;
    this.kernelMessage = kernelMessage;
    this.attribute = attribute;
  }

  private static String sentence(
      int number,
      String request,
      String namespace,
      @Nullable String kernelMessage,
      @Nullable String attribute) {
    StringBuilder text = new StringBuilder("cannot ").append(request);
    text.append(" in ").append(namespace).append(": ").append(Errno.describe(number));
    if (kernelMessage != null) {
      text.append(": ").append(kernelMessage);
    }
    if (attribute != null) {
      text.append(", at ").append(attribute);
    }
    return text.toString();
  }

  /** The errno, positive. */
  public int number() {
    return number;
  }

  /** The errno by name, if it is one that we know. */
  public Optional<Errno> errno() {
    return Errno.of(number);
  }

  /** Whether the kernel said this. */
  public boolean is(Errno errno) {
    return errno.number() == number;
  }

  /** What was attempted and on which object, such as {@code create link eth0}. */
  public String request() {
    return request;
  }

  /** In which namespace, such as {@code net:[4026532281]}. */
  public String namespace() {
    return namespace;
  }

  /** The kernel's own words. */
  public Optional<String> kernelMessage() {
    return Optional.ofNullable(kernelMessage);
  }

  /**
   * The attribute that the kernel objects to or misses, by its names from the outermost, such as
   * {@code IFLA_LINKINFO > IFLA_INFO_DATA > IFLA_BR_VLAN_FILTERING}.
   */
  public Optional<String> attribute() {
    return Optional.ofNullable(attribute);
  }
}
