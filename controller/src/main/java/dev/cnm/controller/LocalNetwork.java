package dev.cnm.controller;

import dev.cnm.AddressPool;
import dev.cnm.Endpoint;
import dev.cnm.EndpointOptions;
import dev.cnm.Network;
import dev.cnm.NetworkOptions;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A handle of a network: what never changes is in it, everything else is looked up. */
final class LocalNetwork implements Network {

  private final LocalController controller;
  private final NetworkRecord known;

  LocalNetwork(LocalController controller, NetworkRecord known) {
    this.controller = controller;
    this.known = known;
  }

  private NetworkRecord now() {
    return controller.records().read(it -> it.network(known.id(), known.name()));
  }

  @Override
  public String id() {
    return known.id();
  }

  @Override
  public String name() {
    return known.name();
  }

  @Override
  public String type() {
    return known.type();
  }

  @Override
  public Instant created() {
    return Instant.parse(known.created());
  }

  @Override
  public NetworkOptions options() {
    return known.options().toOptions();
  }

  @Override
  public List<AddressPool> addressPools() {
    try {
      return controller.networks(known).context().pools();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot get address pools for network " + name(), e);
    }
  }

  @Override
  public SandboxSource sandboxSource() {
    try {
      return controller.drivers().of(known).sandboxSource(now().context());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot ask the driver of network " + name(), e);
    }
  }

  @Override
  public boolean predefined() {
    return known.predefined();
  }

  @Override
  public Endpoint createEndpoint(String name, EndpointOptions options) throws IOException {
    return new LocalEndpoint(controller, this, controller.endpoints().create(known, name, options));
  }

  @Override
  public List<Endpoint> endpoints() {
    List<EndpointRecord> records =
        controller
            .records()
            .read(it -> {
              NetworkRecord network = it.network(known.id(), known.name());
              return Picture.sorted(it.endpointsOf(network.id()));
            });
    return records.stream().filter(Picture::visible).map(this::handle).toList();
  }

  private Endpoint handle(EndpointRecord endpoint) {
    return new LocalEndpoint(controller, this, endpoint);
  }

  @Override
  public void walkEndpoints(Predicate<? super Endpoint> visitor) {
    for (Endpoint endpoint : endpoints()) {
      if (visitor.test(endpoint)) {
        return;
      }
    }
  }

  @Override
  public Optional<Endpoint> endpointByName(String name) {
    return endpoints().stream().filter(it -> it.name().equals(name)).findFirst();
  }

  @Override
  public Optional<Endpoint> endpointById(String idOrPrefix) {
    return controller
        .records()
        .read(it -> {
          NetworkRecord network = it.network(known.id(), known.name());
          return Ids.find(it.endpointsOf(network.id()), idOrPrefix, "endpoint", Picture::visible);
        })
        .map(this::handle);
  }

  @Override
  public Map<String, String> driverState() {
    return now().driverState();
  }

  @Override
  public void delete() throws IOException {
    controller.delete(known);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LocalNetwork it
        && it.controller == controller
        && it.known.id().equals(known.id());
  }

  @Override
  public int hashCode() {
    return known.id().hashCode();
  }

  /** Such as {@code network web}. */
  @Override
  public String toString() {
    return "network " + known.name();
  }
}
