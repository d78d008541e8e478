package dev.cnm.controller;

import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.EndpointRecord.Attachment;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.Existing;
import dev.cnm.spi.JoinContext;
import dev.cnm.spi.NetworkContext;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.stream.Stream;

/** The records of one driver's networks, for that driver. */
record ExistingRecords(Records records, Stacks stacks, Owners owners, String type)
    implements Existing {

  private static final System.Logger LOG = System.getLogger(ExistingRecords.class.getName());

  @Override
  public List<NetworkContext> networks() {
    return records.read(it ->
        it.networks().values().stream().filter(this::isMade).map(NetworkRecord::context).toList());
  }

  @Override
  public List<EndpointContext> endpoints() {
    return records.read(it -> members(it).map(Member::context).toList());
  }

  private Stream<Member> members(Picture picture) {
    return picture.endpoints().values().stream()
        .filter(endpoint -> endpoint.state() == EndpointRecord.State.JOINED)
        .map(endpoint -> Member.of(picture, endpoint))
        .filter(member -> isMade(member.network()));
  }

  private record Place(Member member, SandboxRecord sandbox) {}

  @Override
  public List<JoinContext> joined() {
    List<Place> places =
        records.read(it ->
            members(it)
                .flatMap(member ->
                    it.usersOf(member.attachment().stackId()).stream()
                        .limit(1)
                        .map(sandbox -> new Place(member, sandbox)))
                .toList());
    List<JoinContext> joined = new ArrayList<>();
    for (Place place : places) {
      Attachment attachment = place.member.attachment();
      try {
        joined.add(
            new JoinContext(
                place.member.context(),
                attachment.sandboxId(),
                stacks.namespace(place.sandbox),
                attachment.interfaceName(),
                attachment.gives4(),
                attachment.gives6(),
                InterfaceOptions.of(place.member.context().options().driverOptions())
                    .sysctls(attachment.interfaceName())));
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "the sandbox " + place.sandbox.name() + " can't be entered", e);
      }
    }
    return joined;
  }

  @Override
  public boolean knows(String idPrefix) {
    return records.read(it -> begins(it.networks(), idPrefix) || begins(it.endpoints(), idPrefix));
  }

  @Override
  public String location() {
    return owners.location();
  }

  @Override
  public Standing standing(String owner, String location) throws IOException {
    return owners.standing(owner, location);
  }

  private static boolean begins(NavigableMap<String, ?> records, String prefix) {
    String next = records.ceilingKey(prefix);
    return next != null && next.startsWith(prefix);
  }

  private boolean isMade(NetworkRecord network) {
    return network.type().equals(type) && network.state() == NetworkRecord.State.READY;
  }
}
