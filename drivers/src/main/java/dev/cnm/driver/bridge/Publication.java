package dev.cnm.driver.bridge;

import dev.cnm.PortBinding;
import java.util.ArrayList;
import java.util.List;

/**
 * What one endpoint publishes, as long as this process holds its ports.
 *
 * @param ports of the host, with what serves them
 * @param open the entries of ports that are reached by the endpoint's own address
 * @param bindings what the caller is told
 * @param bridges those of the networks that its sandbox is in
 */
record Publication(
    List<Port> ports, List<Entry> open, List<PortBinding> bindings, List<String> bridges) {

  static final Publication NOTHING = new Publication(List.of(), List.of(), List.of(), List.of());

  /**
   * A port of the host.
   *
   * @param held the port
   * @param door where it leads
   * @param binding what the caller is told
   */
  record Port(HostPort held, Wish.Door door, PortBinding binding) {}

  /** Whether it is nothing. */
  boolean isNothing() {
    return ports.isEmpty() && open.isEmpty();
  }

  /** All that it has in the table. */
  List<Entry> entries(Mark owner) {
    List<Entry> entries = new ArrayList<>(open);
    ports.forEach(port -> entries.addAll(Entry.published(owner, bridges, port.door, port.binding)));
    // Two ports of the host may lead to the same one of the endpoint.
    return entries.stream().distinct().toList();
  }
}
