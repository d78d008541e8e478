/**
 * The {@code cnm} command: the container network model at a shell, with the option names, the JSON
 * shapes and the habits of {@code docker network} and {@code docker run}; and the durable store
 * that lets one command see what another one made.
 *
 * @uses dev.cnm.spi.NetworkDriverFactory to tell which there are
 * @uses dev.cnm.spi.IpamDriverFactory to tell which there are
 */
@org.jspecify.annotations.NullMarked
module dev.cnm.cli {
  requires static transitive org.jspecify;
  requires dev.cnm.controller;
  requires dev.cnm.netlink;
  requires info.picocli;
  requires io.avaje.jsonb;
  requires java.sql;
  requires jdk.unsupported;
  requires org.xerial.sqlitejdbc;

  // picocli fills the commands' fields.
  opens dev.cnm.cli to
      info.picocli;

  uses dev.cnm.spi.NetworkDriverFactory;
  uses dev.cnm.spi.IpamDriverFactory;

  provides io.avaje.jsonb.spi.JsonbExtension with
      dev.cnm.cli.jsonb.GeneratedJsonComponent;
}
