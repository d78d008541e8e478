package dev.cnm.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample driver in the command, as README.md says. */
final class SampleDriverTest {

  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  private @TempDir Path root;

  @BeforeEach
  void requireDistribution() {
    Assumptions.assumeTrue(
        Files.exists(REPOSITORY.resolve("cli/target/dist/complete")),
        "the distribution is built by mvn verify, not by mvn test");
  }

  private String onHost(String driverPath, String script) throws Exception {
    return Program.onHost(
        "cnm() { \"$CNM\" \"$@\"; }\n" + script,
        Map.of(
            "CNM",
            REPOSITORY.resolve("cnm").toString(),
            "CNM_ROOT",
            root.toString(),
            "CNM_DRIVER_PATH",
            driverPath),
        List.of());
  }

  @Test
  void aLinkOfTheHostGoesInAndComesBack() throws Exception {
    String output =
        onHost(
            Program.sampleDriver(),
            """
            ip link add spare type veth peer router
            ip addr add 10.55.0.1/24 dev router
            ip link set router up
            cnm network create -d host-device -o device=spare \
              --subnet 10.55.0.0/24 --gateway 10.55.0.1 lab
            cnm run --net lab -- sh -c '
              ip -4 -o addr; ip route; ip -o link show spare || true; ping -c1 -W5 10.55.0.1'
            ip -o link show spare
            cnm network rm lab
            """);
    assertThat(output)
        .contains("eth0    inet 10.55.0.2/24 brd 10.55.0.255")
        .contains("default via 10.55.0.1 dev eth0")
        .contains("\"spare\" does not exist")
        .contains(" 1 received")
        .contains(": spare@router: ")
        .endsWith("lab\n");
  }

  @Test
  void withoutAddressesTheLinkIsTheUsersOwn() throws Exception {
    String output =
        onHost(
            Program.sampleDriver(),
            """
            ip link add spare type veth peer router
            cnm network create -d host-device -o device=spare --ipam-driver null lab
            cnm run --net lab -- sh -c 'ip -o link show up; ip -o addr show eth0'
            """);
    assertThat(output).contains(": eth0@").doesNotContain("inet ");
  }

  @Test
  void whatTheDriverRefusesIsOneLine() throws Exception {
    String output =
        onHost(
            Program.sampleDriver(),
            """
            cnm network create -d host-device lab || echo $?
            cnm network create -d host-device -o device=nosuch lab
            cnm run --net lab -- true || echo $?
            ip -o link | wc -l
            """);
    assertThat(output.lines().toList())
        .hasSize(6)
        .contains("cnm: network lab needs the option device: a link of the host", "1", "125")
        .anyMatch(line -> line.startsWith("cnm: ") && line.contains("nosuch"));
    assertThat(output).endsWith("\n1\n");
  }

  /** A jar without a module descriptor is found as well, and a second one of its type an error. */
  @Test
  void twoDriversOfOneTypeAreAnErrorThatNamesBothJars() throws Exception {
    Path other = root.resolve("other-driver.jar");
    jar(
        other,
        "other",
        """
        package other;
        @dev.cnm.spi.DriverType("host-device")
        public final class Factory implements dev.cnm.spi.NetworkDriverFactory {
          public dev.cnm.spi.NetworkDriver create(dev.cnm.spi.DriverContext context) {
            throw new UnsupportedOperationException();
          }
        }
        """);
    String output =
        onHost(
            Program.sampleDriver() + ":" + other,
            """
            cnm network create -d host-device -o device=spare lab || echo $?
            cnm run --net none -- echo works
            """);
    assertThat(output.lines().toList()).hasSize(3);
    assertThat(output)
        .startsWith("cnm: several network drivers of type \"host-device\"")
        .contains("/other-driver.jar")
        .contains(Program.sampleDriver())
        .endsWith("1\nworks\n");
  }

  @Test
  void aBrokenDriverIsReportedInOneLineAndPassedOver() throws Exception {
    Path broken = root.resolve("broken-driver.jar");
    try (OutputStream file = Files.newOutputStream(broken);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      services(zip, "broken.Absent");
    }
    String output = onHost(broken.toString(), "cnm run --net none -- echo works");
    assertThat(output.lines().toList()).hasSize(2);
    assertThat(output)
        .startsWith("cnm: passed over a provider of a network driver: ")
        .contains("broken.Absent not found")
        .endsWith("works\n");
  }

  @Test
  void theVersionTellsOfDriversAndWhereTheyAre() throws Exception {
    assertThat(onHost(Program.sampleDriver(), "cnm version; cnm version --format json"))
        .contains("host-device (host-device-")
        .contains("\"Jar\": \"" + Program.sampleDriver() + "\"");
    assertThat(onHost("/nonexistent.jar", "cnm version"))
        .startsWith(
            "cnm: passed over /nonexistent.jar of CNM_DRIVER_PATH: there is no such file\n");
  }

  private void jar(Path jar, String packageName, String factory) throws IOException {
    Program program =
        new Program(root.resolve("build")).with(packageName + "/Factory.java", factory);
    assertThat(program.compile("-cp", Program.modulePath())).isEmpty();
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      services(zip, packageName + ".Factory");
      zip.putNextEntry(new ZipEntry(packageName + "/Factory.class"));
      zip.write(Files.readAllBytes(Path.of(program.classes(), packageName, "Factory.class")));
    }
  }

  private static void services(ZipOutputStream zip, String factory) throws IOException {
    zip.putNextEntry(new ZipEntry("META-INF/services/dev.cnm.spi.NetworkDriverFactory"));
    zip.write(factory.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
