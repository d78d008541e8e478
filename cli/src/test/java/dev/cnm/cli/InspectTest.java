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

/** {@code cnm inspect} and {@code cnm ps}, as a person runs them. */
final class InspectTest {

  @TempDir private Path root;
  private TestHost host = new TestHost(Path.of("/"));

  @BeforeEach
  void makeHost() {
    host = new TestHost(root);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> only(String json) {
    List<Object> all = (List<Object>) Jsonb.builder().build().type(Object.class).fromJson(json);
    assertThat(all).hasSize(1);
    return (Map<String, Object>) all.getFirst();
  }

  @Test
  void aContainerHasTheShapeOfDocker() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm network create --subnet 10.50.0.0/24 --subnet fd50::/64 web",
            "cnm run -d --name c1 --hostname h1 --net web --ip 10.50.0.9 -- sleep 600",
            "cnm inspect c1",
            "nsenter --net=$(cnm inspect -f '{{.NetworkSettings.SandboxKey}}'"
                + " c1) ip -o addr show eth0",
            "cnm inspect -f '{{.State.Pid}}' c1",
            "pgrep -fx 'sleep 600' | head -n1",
            "cnm network inspect -f '{{.Id}}' web",
            "cnm rm -f c1");
    String id = answers.get(1).succeeded().strip();
    Map<String, Object> c1 = only(answers.get(2).succeeded());

    assertThat(c1)
        .containsEntry("Id", id)
        .containsEntry("Path", "sleep")
        .containsEntry("Args", List.of("600"))
        .containsEntry("Name", "/c1");
    assertThat(Instant.parse(c1.get("Created").toString()))
        .isBetween(Instant.now().minusSeconds(600), Instant.now());
    assertThat(c1.get("State"))
        .asInstanceOf(MAP)
        .containsEntry("Status", "running")
        .containsEntry("Running", true)
        .containsKeys("Pid", "ExitCode", "StartedAt", "FinishedAt");
    assertThat(c1.get("HostConfig")).asInstanceOf(MAP).containsEntry("NetworkMode", "web");
    assertThat(c1.get("Config"))
        .asInstanceOf(MAP)
        .containsEntry("Hostname", "h1")
        .containsEntry("Cmd", List.of("sleep", "600"));
    Map<Object, Object> settings = asMap(c1.get("NetworkSettings"));
    assertThat(settings)
        .containsKeys("SandboxID", "SandboxKey")
        .containsEntry("Ports", Map.of())
        .containsEntry("IPAddress", "");
    Map<Object, Object> web = asMap(asMap(settings.get("Networks")).get("web"));
    assertThat(web.keySet())
        .containsExactly(
            "IPAMConfig",
            "Links",
            "Aliases",
            "MacAddress",
            "DriverOpts",
            "GwPriority",
            "NetworkID",
            "EndpointID",
            "Gateway",
            "IPAddress",
            "IPPrefixLen",
            "IPv6Gateway",
            "GlobalIPv6Address",
            "GlobalIPv6PrefixLen",
            "DNSNames");
    assertThat(web)
        .containsEntry("IPAMConfig", Map.of("IPv4Address", "10.50.0.9"))
        .containsEntry("Links", null)
        .containsEntry("NetworkID", answers.get(6).succeeded().strip())
        .containsEntry("Gateway", "10.50.0.1")
        .containsEntry("IPAddress", "10.50.0.9")
        .containsEntry("IPv6Gateway", "fd50::1")
        .containsEntry("GlobalIPv6Address", "fd50::2")
        .containsEntry("DNSNames", List.of("c1", id.substring(0, 12), "h1"));
    assertThat(answers.get(3).out()).contains("10.50.0.9/24", "fd50::2/64");
    assertThat(answers.get(4).succeeded()).isEqualTo(answers.get(5).succeeded());
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> asMap(Object value) {
    return (Map<Object, Object>) value;
  }

  @Test
  void modesLookAsDockersDo() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm run -d --name b -- sleep 600",
            "cnm run -d --name c --net container:b -- sleep 600",
            "cnm run -d --name n --net none -- sleep 600",
            "cnm run -d --name h --net host -- sleep 600",
            "cnm inspect b -f '{{.HostConfig.NetworkMode}} {{.NetworkSettings.IPAddress}}"
                + " {{.NetworkSettings.Networks.bridge.Gateway}}"
                + " {{json .NetworkSettings.Networks.bridge.DNSNames}}'",
            "cnm inspect c -f '{{.HostConfig.NetworkMode}} {{json .NetworkSettings.Networks}}'",
            "cnm inspect n h -f '{{range $name, $it := .NetworkSettings.Networks}}"
                + "{{$name}}={{$it.IPAddress}}{{end}}'",
            "cnm ps -q --no-trunc -f network=bridge",
            "cnm rm -f c b n h");
    String b = answers.getFirst().succeeded().strip();

    assertThat(answers.get(4).succeeded()).isEqualTo("bridge 10.192.0.2 10.192.0.1 null\n");
    assertThat(answers.get(5).succeeded()).isEqualTo("container:" + b + " {}\n");
    assertThat(answers.get(6).succeeded()).isEqualTo("none=\nhost=\n");
    assertThat(answers.get(7).succeeded()).isEqualTo(b + "\n");
  }

  @Test
  void publishedPortsAreShownAsDockerShowsThem() throws IOException {
    List<Answer> answers =
        host.lines(
            "ip link set lo up",
            "cnm run -d --name p -p 127.0.0.1:8080:80 -p 9000-9001:9000-9001/udp -- sleep 600",
            "cnm inspect p -f '{{json .NetworkSettings.Ports}} {{json .HostConfig.PortBindings}}'",
            "cnm inspect p -f '{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}'",
            "cnm ps --format '{{.Ports}}'",
            "cnm rm -f p");
    String bound = answers.get(2).succeeded();

    assertThat(bound)
        .startsWith("{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}],\"9000/udp\":[")
        .contains("{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"9000\"}")
        .endsWith(
            " {\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}],"
                + "\"9000/udp\":[{\"HostIp\":\"\",\"HostPort\":\"9000\"}],"
                + "\"9001/udp\":[{\"HostIp\":\"\",\"HostPort\":\"9001\"}]}\n");
    assertThat(answers.get(3).succeeded()).isEqualTo("8080\n");
    assertThat(answers.get(4).succeeded())
        .startsWith("0.0.0.0:9000-9001->9000-9001/udp, 127.0.0.1:8080->80/tcp");
  }

  @Test
  void aContainerIsFoundByNameIdAndBeginningOfTheId() throws IOException {
    // A name that is not the beginning of the id of a network, too.
    List<Answer> answers =
        host.lines(
            "cnm run -d --name one --net none -- sleep 600",
            "cnm inspect -f '{{.Name}}' $(cnm ps -q) one $(cnm ps -q --no-trunc) | cat",
            "cnm inspect one nosuch host -f '{{.Name}}'",
            "cnm inspect --type network one",
            "cnm inspect --type container host",
            "cnm inspect nosuch",
            "cnm inspect --format json one",
            "cnm rm -f one");

    assertThat(answers.get(1).succeeded()).isEqualTo("/one\n/one\n/one\n");
    assertThat(answers.get(2).out()).isEqualTo("/one\nhost\n");
    assertThat(answers.get(2).failed(1)).isEqualTo("cnm: No such container or network: nosuch\n");
    assertThat(answers.get(3).failed(1)).contains("network one not found");
    assertThat(answers.get(4).failed(1)).contains("No such container: host");
    assertThat(answers.get(5).out()).isEqualTo("[]\n");
    assertThat(answers.get(6).succeeded()).startsWith("[{\"Id\":\"").hasLineCount(1);
  }

  @Test
  void psPrintsAsDockerDoes() throws IOException {
    List<Answer> answers =
        host.lines(
            "cnm ps",
            "cnm run -d --name first --net none -- sleep 600",
            "cnm run -d --name second -- sh -c 'sleep 600; echo a-long-command-line'",
            "cnm ps",
            "cnm ps --no-trunc --format '{{.Command}}' -f name=sec",
            "cnm ps -a --format json -f name=^first$",
            "cnm ps -q -f status=exited",
            "cnm ps -q -f status=running -f network=none",
            "cnm ps --format 'table {{.Names}}\\t{{.Networks}}\\t{{.State}}'",
            "cnm ps -f status=asleep",
            "cnm ps -f colour=red",
            "cnm rm -f first second");
    String first = answers.get(1).succeeded().substring(0, 12);

    assertThat(answers.getFirst().succeeded())
        .isEqualTo("CONTAINER ID   COMMAND   CREATED   STATUS    PORTS     NAMES\n");
    assertThat(answers.get(3).succeeded().lines().toList())
        .satisfiesExactly(
            title -> assertThat(title).startsWith("CONTAINER ID   COMMAND "),
            second ->
                assertThat(second)
                    .matches("[0-9a-f]{12}   \"sh -c sleep 600; ec…\"   .* ago  +Up .*  +second"),
            one -> assertThat(one).matches(first + "   \"sleep 600\"  .* ago +Up .* first"));
    assertThat(answers.get(4).succeeded())
        .isEqualTo("\"sh -c sleep 600; echo a-long-command-line\"\n");
    assertThat(answers.get(5).succeeded())
        .startsWith("{\"Command\":\"\\\"sleep 600\\\"\",\"CreatedAt\":\"")
        .contains("\"ID\":\"" + first + "\"", "\"Names\":\"first\"", "\"Networks\":\"none\"")
        .hasLineCount(1);
    assertThat(answers.get(6).succeeded()).isEmpty();
    assertThat(answers.get(7).succeeded()).isEqualTo(first + "\n");
    assertThat(answers.get(8).succeeded())
        .isEqualTo(
            """
            NAMES     NETWORKS   STATE
            second    bridge     running
            first     none       running
            """);
    assertThat(answers.get(9).failed(1)).contains("status=asleep", "running");
    assertThat(answers.get(10).failed(1)).contains("'colour'");
  }
}
