package dev.cnm.driver.bridge;

import dev.cnm.PortBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What one endpoint publishes, as long as this process holds its ports.
 *
 * @param ports of the host, with what serves them
 * @param open the entries of ports that are reached by the endpoint's own address
 * @param bindings what the caller is told
 */
record Publication(List<Port> ports, List<Entry> open, List<PortBinding> bindings) {

  static final Publication NOTHING = new Publication(List.of(), List.of(), List.of());

  /**
   * A port of the host.
   *
   * @param held the port
   * @param door where it leads
   * @param binding what the caller is told
   */
  record Port(HostPort held, Wish.Door door, PortBinding binding) {

    Stream<Entry> entry(Mark owner) {
      return door.byKernel()
          ? Stream.of(
              Entry.published(
                  owner,
                  door.at(),
                  binding.hostPort(),
                  binding.protocol(),
                  door.to(),
                  binding.containerPort()))
          : Stream.empty();
    }
  }

  /** All that it has in the table. */
  List<Entry> entries(Mark owner) {
    List<Entry> entries = new ArrayList<>(open);
    ports.forEach(port -> port.entry(owner).forEach(entries::add));
    return entries;
  }
}
