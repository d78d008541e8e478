package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import dev.cnm.cli.TestHost.Answer;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cnm network}, as a person runs it. */
final class NetworkCommandTest {

  @TempDir private Path root;
  private TestHost host = new TestHost(Path.of("/"));

  @BeforeEach
  void makeHost() {
    host = new TestHost(root);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> json(String text) {
    return (List<Map<String, Object>>) Jsonb.builder().build().type(Object.class).fromJson(text);
  }

  @Test
  void inspectHasTheShapeOfDocker() throws IOException {
    String text =
        host.last(
                "cnm network create --subnet 10.50.0.0/24 --ip-range 10.50.0.128/25 --gateway"
                    + " 10.50.0.254 --aux-address printer=10.50.0.9 --subnet fd50::/64 --label a=b"
                    + " --label c -o com.docker.network.driver.mtu=1400 web",
                "cnm network inspect web")
            .succeeded();
    Map<String, Object> web = json(text).getFirst();

    assertThat(web.keySet())
        .containsExactly(
            "Name",
            "Id",
            "Created",
            "Scope",
            "Driver",
            "EnableIPv4",
            "EnableIPv6",
            "IPAM",
            "Internal",
            "Attachable",
            "Ingress",
            "ConfigFrom",
            "ConfigOnly",
            "Containers",
            "Options",
            "Labels");
    assertThat(web)
        .containsEntry("Name", "web")
        .containsEntry("Scope", "local")
        .containsEntry("Driver", "bridge")
        .containsEntry("EnableIPv4", true)
        .containsEntry("EnableIPv6", true)
        .containsEntry("Internal", false)
        .containsEntry("ConfigFrom", Map.of("Network", ""))
        .containsEntry("Containers", Map.of())
        .containsEntry("Options", Map.of("com.docker.network.driver.mtu", "1400"))
        .containsEntry("Labels", Map.of("a", "b", "c", ""));
    assertThat(Instant.parse(web.get("Created").toString()))
        .isBetween(Instant.now().minusSeconds(600), Instant.now());
    assertThat(text)
        .contains(
            """
                    "IPAM": {
                        "Driver": "default",
                        "Options": {},
                        "Config": [
                            {
                                "Subnet": "10.50.0.0/24",
                                "IPRange": "10.50.0.128/25",
                                "Gateway": "10.50.0.254",
                                "AuxiliaryAddresses": {
                                    "printer": "10.50.0.9"
                                }
                            },
                            {
                                "Subnet": "fd50::/64",
                                "Gateway": "fd50::1"
                            }
                        ]
                    },
            """);
  }

  @Test
  void inspectNamesTheContainersInside() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network create --subnet 10.50.0.0/24 web",
            "cnm run -d --name c1 --net web --mac-address 02:42:00:00:00:05 -- sleep 60",
            "cnm network inspect --format json web",
            "cnm network rm web",
            "cnm network prune --force",
            "cnm network ls -f dangling=true -q",
            "cnm network ls -f dangling=false --format '{{.Name}}'",
            "cnm rm -f c1",
            "cnm network inspect -f '{{len .Containers}}' web",
            "cnm network ls -f dangling=true --format '{{.Name}}'",
            "cnm network prune --force",
            "cnm network ls --format '{{.Name}}'");
    String id = answers.get(1).succeeded().strip();
    String network = answers.get(2).succeeded();

    assertThat(network).hasLineCount(1);
    assertThat(json(network).getFirst().get("Containers"))
        .asInstanceOf(MAP)
        .hasEntrySatisfying(
            id,
            it ->
                assertThat(it)
                    .asInstanceOf(MAP)
                    .containsEntry("Name", "c1")
                    .containsEntry("MacAddress", "02:42:00:00:00:05")
                    .containsEntry("IPv4Address", "10.50.0.2/24")
                    .containsEntry("IPv6Address", "")
                    .containsKey("EndpointID"));
    assertThat(answers.get(3).failed(1))
        .isEqualTo("cnm: network web has active endpoints: c1 (" + id.substring(0, 12) + ")\n");
    assertThat(answers.get(4).succeeded()).isEmpty();
    assertThat(answers.get(5).succeeded()).isEmpty();
    assertThat(answers.get(6).succeeded()).isEqualTo("bridge\nhost\nnone\nweb\n");
    assertThat(answers.get(8).succeeded()).isEqualTo("0\n");
    assertThat(answers.get(9).succeeded()).isEqualTo("web\n");
    assertThat(answers.get(10).succeeded()).isEqualTo("Deleted Networks:\nweb\n\n");
    assertThat(answers.get(11).succeeded()).isEqualTo("bridge\nhost\nnone\n");
  }

  @Test
  void inspectShowsWhatItFinds() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network inspect nosuch",
            "cnm network inspect nosuch host none --format '{{.Name}} {{.IPAM.Config}}'",
            "cnm network inspect bridge -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}'",
            "cnm network inspect -f '{{.Nosuch}}' host",
            "cnm network inspect -f '{{.Name' host");

    assertThat(answers.getFirst().out()).isEqualTo("[]\n");
    assertThat(answers.getFirst().failed(1)).isEqualTo("cnm: network nosuch not found\n");
    assertThat(answers.get(1).out()).isEqualTo("host <no value>\nnone <no value>\n");
    assertThat(answers.get(1).failed(1)).contains("nosuch");
    assertThat(answers.get(2).succeeded()).isEqualTo("10.192.0.0/24 10.192.0.1\n");
    assertThat(answers.get(3).failed(1)).contains("no field Nosuch", "Name, Id");
    assertThat(answers.get(4).failed(1)).contains("unclosed action");
  }

  @Test
  void lsPrintsAsDockerDoes() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network create --internal --label tier=db --label x=y a-name-of-some-length",
            "cnm network ls",
            "cnm network ls --no-trunc -q",
            "cnm network list --filter name=some --format json",
            "cnm network ls -f type=custom -f driver=bridge -f label=tier=db -q",
            "cnm network ls -f label=tier=web -q",
            "cnm network ls -f type=builtin -f name=none -f name=^ho --format '{{.Name}}'",
            "cnm network ls --format 'table {{.Driver}}\\t{{.Name}}' -f scope=local -f name=host");
    String id = answers.getFirst().succeeded().strip();

    assertThat(answers.get(1).succeeded().lines().map(it -> it.replaceAll("^[0-9a-f]{12}", "ID")))
        .containsExactly(
            "NETWORK ID     NAME                    DRIVER    SCOPE",
            "ID   a-name-of-some-length   bridge    local",
            "ID   bridge                  bridge    local",
            "ID   host                    host      local",
            "ID   none                    null      local");
    assertThat(answers.get(2).succeeded().lines()).hasSize(4).allMatch(it -> it.length() == 64);
    assertThat(answers.get(3).succeeded())
        .matches(
            "\\{\"CreatedAt\":\"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+ \\+0000"
                + " UTC\",\"Driver\":\"bridge\",\"ID\":\""
                + id.substring(0, 12)
                + "\",\"IPv4\":\"true\",\"IPv6\":\"false\",\"Internal\":\"true\",\"Labels\":"
                + "\"tier=db,x=y\",\"Name\":\"a-name-of-some-length\",\"Scope\":\"local\"}\n");
    assertThat(answers.get(4).succeeded()).isEqualTo(id.substring(0, 12) + "\n");
    assertThat(answers.get(5).succeeded()).isEmpty();
    assertThat(answers.get(6).succeeded()).isEqualTo("host\nnone\n");
    assertThat(answers.get(7).succeeded()).isEqualTo("DRIVER    NAME\nhost      host\n");
  }

  @Test
  void severalAreRemovedAndEachFailureIsTold() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network create a",
            "cnm network create b",
            "cnm network rm a nosuch b",
            "cnm network rm --force nosuch",
            "cnm network rm bridge",
            "cnm network ls --format '{{.Name}}'");

    assertThat(answers.get(2).out()).isEqualTo("a\nb\n");
    assertThat(answers.get(2).failed(1)).isEqualTo("cnm: network nosuch not found\n");
    assertThat(answers.get(3).succeeded()).isEmpty();
    assertThat(answers.get(4).failed(1))
        .isEqualTo("cnm: bridge is a pre-defined network and cannot be removed\n");
    assertThat(answers.get(5).succeeded()).isEqualTo("bridge\nhost\nnone\n");
  }

  @Test
  void pruneAsksAndFilters() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network create --label keep=1 kept",
            "cnm network create gone",
            "echo n | cnm network prune",
            "cnm network ls -qf type=custom",
            "cnm network prune -f --filter until=1h",
            "echo y | cnm network prune --filter label!=keep",
            "cnm network ls -f type=custom --format '{{.Name}}'",
            "cnm network prune -f --filter until=soon",
            "cnm network prune -f --filter name=x");

    assertThat(answers.get(2).out())
        .startsWith("WARNING! This will remove all custom networks not used by at least one")
        .endsWith("Are you sure you want to continue? [y/N] ");
    assertThat(answers.get(2).failed(1)).contains("cancelled");
    assertThat(answers.get(3).succeeded()).hasLineCount(2);
    assertThat(answers.get(4).succeeded()).isEmpty();
    assertThat(answers.get(5).succeeded()).endsWith("Deleted Networks:\ngone\n\n");
    assertThat(answers.get(6).succeeded()).isEqualTo("kept\n");
    assertThat(answers.get(7).failed(1)).contains("\"soon\"");
    assertThat(answers.get(8).failed(1)).contains("'name'");
  }

  @Test
  void subnetsComeFromTheGivenAddressPools() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network create --default-address-pool base=10.77.0.0/16,size=26 a",
            "cnm network inspect -f '{{(index .IPAM.Config 0).Subnet}}' a",
            "export CNM_DEFAULT_ADDRESS_POOLS='base=10.78.0.0/16,size=28'; cnm network create b",
            "cnm network inspect -f '{{(index .IPAM.Config 0).Subnet}}' b",
            "cnm network create --default-address-pool base=10.77.0.0/16 c",
            "cnm network create --default-address-pool base=10.77.0.0/16,size=8 c");

    assertThat(answers.get(1).succeeded()).isEqualTo("10.77.0.0/26\n");
    assertThat(answers.get(3).succeeded()).isEqualTo("10.78.0.0/28\n");
    assertThat(answers.get(4).failed(1)).contains("base=10.77.0.0/16", "size=24");
    assertThat(answers.get(5).failed(1)).contains("invalid size 8");
  }

  @Test
  void flagsOfTheFamiliesAreTruthValues() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network create --ipv4=false --ipv6 six",
            "cnm network inspect -f '{{.EnableIPv4}} {{.EnableIPv6}} {{len .IPAM.Config}}' six",
            "cnm network create --ipv4=true --ipv6=false four",
            "cnm network inspect -f '{{.EnableIPv4}} {{.EnableIPv6}} {{len .IPAM.Config}}' four",
            "cnm network create --ipv4=false neither",
            "cnm network create --ipv6=false --subnet fd00:1::/64 contrary");

    assertThat(answers.get(1).succeeded()).isEqualTo("false true 1\n");
    assertThat(answers.get(3).succeeded()).isEqualTo("true false 1\n");
    assertThat(answers.get(4).failed(1)).contains("neither needs IPv4 or IPv6");
    assertThat(answers.get(5).failed(1)).contains("fd00:1::/64", "IPv6 is off");
  }

  @Test
  void routesOfTheHostAreAvoidedButForDefaultOnes() throws IOException {
    List<Answer> answers =
        host.lines(
            "ip link add up0 type veth peer name up1; ip addr add 10.60.0.1/24 dev up0; ip link set"
                + " up1 up; ip link set up0 up; ip route add 0.0.0.0/1 dev up0; ip route add"
                + " 128.0.0.0/1 dev up0; ip route add 10.192.0.0/23 dev up0",
            "cnm network create a",
            "cnm network inspect -f '{{(index .IPAM.Config 0).Subnet}}' a",
            "cnm network create --subnet 10.192.0.0/24 b",
            "cnm network create -o com.docker.network.bridge.name=br9 c",
            "cnm network create --subnet 10.70.0.0/24 -o com.docker.network.bridge.name=up9 d",
            "ip link add br8 type bridge; ip addr add 10.71.0.1/24 dev br8; ip link set br8 up",
            "cnm network create --subnet 10.71.0.0/24 -o com.docker.network.bridge.name=br8 e");

    answers.forEach(Answer::succeeded);
    assertThat(answers.get(2).succeeded()).isEqualTo("10.192.2.0/24\n");
  }

  @Test
  void whoCreatesAtOnceGetsSubnetsOfHisOwn() throws IOException {
    List<Answer> answers =
        host.lines(
            "for i in 1 2 3 4; do cnm network create --label n=$i web$((i / 2)) 2>&1 & done; wait",
            "cnm network ls -f type=custom --format '{{.Name}}'",
            "cnm network inspect -f '{{(index .IPAM.Config 0).Subnet}}' web0 web1 web2");

    assertThat(answers.getFirst().out().lines().filter(it -> it.matches("[0-9a-f]{64}")))
        .hasSize(3);
    assertThat(answers.getFirst().out())
        .hasLineCount(4)
        .containsOnlyOnce("cnm: network with name web1 already exists\n");
    assertThat(answers.get(1).succeeded()).isEqualTo("web0\nweb1\nweb2\n");
    assertThat(answers.get(2).succeeded().lines())
        .containsExactlyInAnyOrder("10.192.0.0/24", "10.192.1.0/24", "10.192.2.0/24");
  }
}
