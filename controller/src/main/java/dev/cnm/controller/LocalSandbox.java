package dev.cnm.controller;

import dev.cnm.Endpoint;
import dev.cnm.PortMapping;
import dev.cnm.Sandbox;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.spi.SandboxSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A handle of a sandbox: what never changes is in it, everything else is looked up. */
final class LocalSandbox implements Sandbox {

  private final LocalController controller;
  private final SandboxRecord known;

  LocalSandbox(LocalController controller, SandboxRecord known) {
    this.controller = controller;
    this.known = known;
  }

  SandboxRecord known() {
    return known;
  }

  boolean isOf(LocalController other) {
    return controller == other;
  }

  private NetworkNamespace namespace() throws IOException {
    SandboxRecord now = controller.records().read(it -> it.sandbox(known.id(), known.name()));
    return controller.stacks().namespace(now).namespace();
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
  public SandboxSource source() {
    return known.toSource();
  }

  @Override
  public Path key() {
    return Path.of(known.key());
  }

  @Override
  public List<PortMapping> ports() {
    return known.mappings();
  }

  /** Those of the stack, and those without an interface that joined through this sandbox. */
  @Override
  public List<Endpoint> endpoints() {
    List<Member> joined =
        controller
            .records()
            .read(it -> {
              SandboxRecord now = it.sandbox(known.id(), known.name());
              return Member.of(it, now.stackId()).stream()
                  .filter(member -> member.endpoint().state() == EndpointRecord.State.JOINED)
                  .filter(member -> isSeenFrom(now, member.endpoint()))
                  .toList();
            });
    List<Endpoint> endpoints = new ArrayList<>();
    for (Member one : joined) {
      LocalNetwork network = new LocalNetwork(controller, one.network());
      endpoints.add(new LocalEndpoint(controller, network, one.endpoint()));
    }
    return endpoints;
  }

  private static boolean isSeenFrom(SandboxRecord sandbox, EndpointRecord endpoint) {
    return !endpoint.attachment().interfaceName().isEmpty() || Sandboxes.isOwn(endpoint, sandbox);
  }

  @Override
  public <T extends @Nullable Object> T call(Callable<T> task) throws Exception {
    return namespace().call(task);
  }

  @Override
  public Process start(ProcessBuilder process) throws IOException {
    return namespace().start(process);
  }

  @Override
  public void delete() throws IOException {
    controller.sandboxKeeper().delete(known);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LocalSandbox it
        && it.controller == controller
        && it.known.id().equals(known.id());
  }

  @Override
  public int hashCode() {
    return known.id().hashCode();
  }

  /** Such as {@code sandbox c1}. */
  @Override
  public String toString() {
    return "sandbox " + known.name();
  }
}
