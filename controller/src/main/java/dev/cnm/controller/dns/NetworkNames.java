package dev.cnm.controller.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The names of one network at one time. A value; safe to share. */
public final class NetworkNames {

  /** In characters: as octets a name has two more. */
  private static final int LONGEST = 253;

  private final Map<String, Addresses> addresses;
  private final Map<InetAddress, String> names;

  private NetworkNames(Map<String, Addresses> addresses, Map<InetAddress, String> names) {
    this.addresses = addresses;
    this.names = names;
  }

  /**
   * The addresses of a name, as they stand in a message.
   *
   * @param ipv4 of 4 octets each
   * @param ipv6 of 16 octets each
   */
  record Addresses(List<byte[]> ipv4, List<byte[]> ipv6) {

    static Addresses of(Collection<InetAddress> all) {
      return new Addresses(octets(all, 4), octets(all, 16));
    }

    private static List<byte[]> octets(Collection<InetAddress> all, int length) {
      return all.stream()
          .map(InetAddress::getAddress)
          .filter(octets -> octets.length == length)
          .toList();
    }

    Addresses and(Addresses others) {
      List<byte[]> four = new ArrayList<>(ipv4);
      four.addAll(others.ipv4);
      List<byte[]> six = new ArrayList<>(ipv6);
      six.addAll(others.ipv6);
      return new Addresses(List.copyOf(four), List.copyOf(six));
    }
  }

  /** A builder for the network of this name. */
  public static Builder of(String network) {
    return new Builder(network);
  }

  /** The addresses of a name in lower case, or null. */
  @Nullable Addresses find(String name) {
    return addresses.get(name);
  }

  /** What is at an address, such as {@code c1.web}. */
  Optional<String> nameOf(InetAddress address) {
    return Optional.ofNullable(names.get(address));
  }

  /** Collects names. For use by one thread. */
  public static final class Builder {
    private final String network;
    private final Map<String, List<InetAddress>> addresses = new HashMap<>();
    private final Map<InetAddress, String> names = new HashMap<>();

    private Builder(String network) {
      this.network = network;
    }

    /**
     * Adds an endpoint. It is found by each of the names, and by each followed by a dot and the
     * name of the network, in any case. What can be no name in a message is left out; if it is the
     * network's name that can't, the names stand alone.
     *
     * @param all its names; the first one is what its addresses lead to
     * @param its its addresses
     */
    public Builder endpoint(List<String> all, List<InetAddress> its) {
      Optional<String> first = Optional.empty();
      for (String name : all) {
        String full = name + '.' + network;
        Optional<String> known = Stream.of(full, name).filter(Builder::fitsInMessage).findFirst();
        first = first.or(() -> known);
        if (fitsInMessage(name)) {
          add(name, its);
        }
        if (fitsInMessage(full)) {
          add(full, its);
        }
      }
      first.ifPresent(name -> its.forEach(address -> names.putIfAbsent(address, name)));
      return this;
    }

    private void add(String name, List<InetAddress> its) {
      List<InetAddress> there =
          addresses.computeIfAbsent(name.toLowerCase(Locale.ROOT), k -> new ArrayList<>(2));
      its.stream().filter(address -> !there.contains(address)).forEach(there::add);
    }

    /**
     * RFC 1035, section 2.3.4: labels of 1 to 63 octets, and with their lengths 255 at most. ASCII
     * alone, since other letters have no one form in octets.
     */
    private static boolean fitsInMessage(String name) {
      if (name.length() > LONGEST || !name.chars().allMatch(it -> it > ' ' && it < 0x7f)) {
        return false;
      }
      for (String label : name.split("\\.", -1)) {
        if (label.isEmpty() || label.length() > 63) {
          return false;
        }
      }
      return true;
    }

    /** The names collected so far. */
    public NetworkNames build() {
      Map<String, Addresses> all = HashMap.newHashMap(addresses.size());
      addresses.forEach((name, its) -> all.put(name, Addresses.of(its)));
      return new NetworkNames(all, Map.copyOf(names));
    }
  }
}
