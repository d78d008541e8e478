/**
 * The {@code cnm} command: the container network model at a shell, with the option names, the JSON
 * shapes and the habits of {@code docker network} and {@code docker run}; and the durable store
 * that lets one command see what another one made.
 */
@org.jspecify.annotations.NullMarked
module dev.cnm.cli {
  requires static transitive org.jspecify;
  requires dev.cnm.controller;
  requires info.picocli;
  requires io.avaje.jsonb;
  requires java.sql;
  requires org.xerial.sqlitejdbc;
}
