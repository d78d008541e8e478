package dev.cnm.cli;

import dev.cnm.ControllerOptions.AddressRange;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Docker's {@code default-address-pool}: {@code base=10.0.0.0/8,size=24}. */
final class AddressRanges {

  /** The environment variable that holds some, separated by semicolons. */
  static final String VARIABLE = "CNM_DEFAULT_ADDRESS_POOLS";

  private AddressRanges() {}

  /**
   * Those of the environment; none if it says nothing.
   *
   * @throws InvalidParameterException if one makes no sense
   */
  static List<AddressRange> ofEnvironment() {
    String text = System.getenv(VARIABLE);
    return text == null || text.isBlank()
        ? List.of()
        : Arrays.stream(text.split(";")).map(it -> parse(it.strip())).toList();
  }

  /**
   * Reads one.
   *
   * @throws InvalidParameterException if it makes no sense
   */
  static AddressRange parse(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      String key = equals < 0 ? field : field.substring(0, equals);
      boolean known = key.equals("base") || key.equals("size");
      if (!known || equals < 0 || fields.put(key, field.substring(equals + 1)) != null) {
        throw invalid(text);
      }
    }
    String base = fields.getOrDefault("base", "");
    String size = fields.getOrDefault("size", "");
    if (base.isEmpty() || !size.matches("[0-9]{1,3}")) {
      throw invalid(text);
    }
    return new AddressRange(IpPrefix.parse(base), Integer.parseInt(size));
  }

  private static InvalidParameterException invalid(String text) {
    return new InvalidParameterException(
        "invalid default address pool: \"" + text + "\"; it is to be base=10.0.0.0/8,size=24");
  }
}
