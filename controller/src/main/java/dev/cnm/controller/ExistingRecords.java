package dev.cnm.controller;

import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.spi.EndpointContext;
import dev.cnm.spi.Existing;
import dev.cnm.spi.NetworkContext;
import java.util.List;

/** The records of one driver's networks, for that driver. */
record ExistingRecords(Records records, String type) implements Existing {

  @Override
  public List<NetworkContext> networks() {
    return records.read(it ->
        it.networks().values().stream().filter(this::isMade).map(NetworkRecord::context).toList());
  }

  @Override
  public List<EndpointContext> endpoints() {
    return records.read(it ->
        it.endpoints().values().stream()
            .filter(endpoint -> endpoint.state() == EndpointRecord.State.JOINED)
            .map(endpoint -> Member.of(it, endpoint))
            .filter(member -> isMade(member.network()))
            .map(Member::context)
            .toList());
  }

  private boolean isMade(NetworkRecord network) {
    return network.type().equals(type) && network.state() == NetworkRecord.State.READY;
  }
}
