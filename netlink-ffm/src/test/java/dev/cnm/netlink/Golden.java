package dev.cnm.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.netlink.gen.netlink;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Messages of {@code ip} and {@code conntrack}; where they come from is said in their folder. */
public final class Golden {

  private static final int HEADER = 16;

  private Golden() {}

  /** The octets of a message, in the order of little-endian machines. */
  public static byte[] octets(String name) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Golden.class.getResourceAsStream("golden/" + name + ".hex"),
                StandardCharsets.US_ASCII))) {
      return HexFormat.of()
          .parseHex(
              lines.lines().filter(line -> !line.startsWith("#")).collect(Collectors.joining()));
    }
  }

  /** A message as the kernel would have given it to a decoder. */
  public static Message message(byte[] octets) throws MalformedMessageException {
    MemorySegment bytes = Arena.ofAuto().allocate(octets.length, 8);
    MemorySegment.copy(octets, 0, bytes, ValueLayout.JAVA_BYTE, 0, octets.length);
    return Message.of(bytes);
  }

  /** Whether this machine has the order of the recorded numbers. */
  public static boolean isOfThisMachine() {
    return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  }

  /**
   * Asserts that a request is the recorded message: the same type and flags but for those that
   * every program chooses for itself, the same fixed header, and on each level the same attributes
   * in whatever order.
   *
   * @param header the length of the fixed header
   */
  public static void assertSame(Request request, String name, int header) throws IOException {
    byte[] ours = encoded(request);
    byte[] theirs = octets(name);
    int own = netlink.NLM_F_REQUEST() | netlink.NLM_F_ACK() | netlink.NLM_F_ECHO();
    assertThat(u16(ours, 4)).as("type of %s", name).isEqualTo(u16(theirs, 4));
    assertThat(u16(ours, 6) & ~own).as("flags of %s", name).isEqualTo(u16(theirs, 6) & ~own);
    assertThat(Arrays.copyOfRange(ours, HEADER, HEADER + header))
        .as("header of %s", name)
        .isEqualTo(Arrays.copyOfRange(theirs, HEADER, HEADER + header));
    assertSame(attributes(ours, HEADER + header), attributes(theirs, HEADER + header), name);
  }

  /** A request as it goes to the kernel. */
  public static byte[] encoded(Request request) {
    MessageWriter writer = new MessageWriter();
    writer.begin(request.type(), request.flags(), 0);
    request.encode(writer);
    writer.end();
    return writer.written().toArray(ValueLayout.JAVA_BYTE);
  }

  /** An attribute: its type with its flags, and its value. */
  private record Attribute(int type, byte[] value) {

    int plainType() {
      return type & netlink.NLA_TYPE_MASK();
    }

    boolean isNested() {
      return (type & netlink.NLA_F_NESTED()) != 0;
    }
  }

  private static List<Attribute> attributes(byte[] octets, int from) {
    List<Attribute> attributes = new ArrayList<>();
    for (int at = from; at < octets.length; at += MessageWriter.align(u16(octets, at))) {
      attributes.add(
          new Attribute(
              u16(octets, at + 2), Arrays.copyOfRange(octets, at + 4, at + u16(octets, at))));
    }
    attributes.sort(Comparator.comparing(Attribute::plainType));
    return attributes;
  }

  private static void assertSame(List<Attribute> ours, List<Attribute> theirs, String path) {
    assertThat(ours.stream().map(Attribute::plainType).toList())
        .as("attributes of %s", path)
        .isEqualTo(theirs.stream().map(Attribute::plainType).toList());
    for (int i = 0; i < ours.size(); i++) {
      Attribute our = ours.get(i);
      byte[] their = theirs.get(i).value();
      String inner = path + " > " + our.plainType();
      if (our.isNested()) {
        // Only VETH_INFO_PEER has a header of its own, which begins with a family of 0.
        int header = our.value().length >= 4 && u16(our.value(), 0) == 0 ? 16 : 0;
        assertThat(Arrays.copyOf(our.value(), header))
            .as("header of %s", inner)
            .isEqualTo(Arrays.copyOf(their, header));
        assertSame(attributes(our.value(), header), attributes(their, header), inner);
      } else {
        assertThat(withoutZero(our.value())).as(inner).isEqualTo(withoutZero(their));
      }
    }
  }

  /** A string with or without its end. */
  private static byte[] withoutZero(byte[] value) {
    boolean string = value.length > 1 && value[0] >= 'a' && value[value.length - 1] == 0;
    return string ? Arrays.copyOf(value, value.length - 1) : value;
  }

  private static int u16(byte[] octets, int at) {
    return Byte.toUnsignedInt(octets[at]) | (Byte.toUnsignedInt(octets[at + 1]) << 8);
  }
}
