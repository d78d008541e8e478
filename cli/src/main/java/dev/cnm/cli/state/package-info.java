/** The store that lets one command see what another one made: a SQLite file. */
@Json.Import({
  EndpointRecord.class,
  EndpointRecord.Attachment.class,
  EndpointRecord.Binding.class,
  EndpointRecord.Options.class,
  NetworkRecord.class,
  NetworkRecord.Options.class,
  NetworkRecord.Pool.class,
  Owner.class,
  Place.class,
  SandboxRecord.class,
  SandboxRecord.Dns.class
})
package dev.cnm.cli.state;

import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.Owner;
import dev.cnm.controller.state.Place;
import dev.cnm.controller.state.SandboxRecord;
import io.avaje.jsonb.Json;
