package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cnm.cli.TestHost.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What is refused: in one line, with exit code 1, and with nothing changed. */
final class BadInputTest {

  /** The host that it happens on: a network, with a container and a route of its own. */
  private static final List<String> HOST =
      List.of(
          "ip link set lo up; ip link add up0 type veth peer name up1; ip addr add 10.60.0.1/24 dev"
              + " up0; ip link set up0 up",
          "cnm network create --subnet 10.50.0.0/24 web",
          "cnm run -d --name c1 --net web -- sleep 600");

  /** A command, and what its message says, each part behind a bar. */
  private static final String ROWS =
      """
      network create web | network with name web already exists
      network create bridge | operation is not permitted on predefined bridge network
      network create host | predefined host
      network create n/a | invalid network name: "n/a"
      network create '' | invalid network name: it is empty
      network create -d nosuch q | no network driver of type "nosuch" | bridge, container, host, null
      network create -d host q | only one instance of "host" network is allowed
      network create -d null --subnet 10.1.0.0/24 q | null
      network create --ipam-driver nosuch q | no IPAM driver of type "nosuch"
      network create --subnet 10.0.0.0/33 q | invalid CIDR address: 10.0.0.0/33
      network create --subnet 10.0.0.0 q | invalid CIDR address: 10.0.0.0
      network create --subnet 10.0.0/24 q | invalid CIDR address: 10.0.0/24
      network create --subnet bogus q | invalid CIDR address: bogus
      network create --subnet fd00::/129 q | invalid CIDR address: fd00::/129
      network create --subnet 010.1.0.0/24 q | invalid CIDR address: 010.1.0.0/24
      network create --subnet 10.1.0.0/024 q | invalid CIDR address: 10.1.0.0/024
      network create --subnet 224.0.0.0/24 q | invalid subnet 224.0.0.0/24: it is of multicast
      network create --subnet ff02::/64 q | invalid subnet ff02::/64: it is of multicast
      network create --subnet ::ffff:10.0.0.0/120 q | invalid CIDR address: ::ffff:10.0.0.0/120
      network create --subnet 10.1.0.4/30 --gateway 10.1.0.4 q | address already in use: 10.1.0.4
      network create --subnet 10.1.0.4/30 --gateway 10.1.0.7 q | address already in use: 10.1.0.7
      network create --subnet 10.1.0.0/24 --aux-address a=10.1.0.1 q | address already in use: 10.1.0.1
      network create --default-address-pool base=10.9.0.0/24,size=33 q | invalid size 33
      network create --default-address-pool base=10.9.0.1/24,size=26 q | 10.9.0.1/24
      network create -d container q | needs the option container
      network create -d null q | only one instance of "null" network is allowed
      network create --ipam-driver null q | IPv4 pool is empty
      network create --subnet 10.0.0.1/24 q | invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24
      network create --subnet 10.50.0.0/25 q | the subnet 10.50.0.0/25 overlaps 10.50.0.0/24
      network create --subnet 10.48.0.0/12 q | the subnet 10.48.0.0/12 overlaps 10.50.0.0/24
      network create --subnet 10.60.0.0/24 q | the subnet 10.60.0.0/24 overlaps 10.60.0.0/24 | up0
      network create --subnet 10.60.0.128/25 q | overlaps 10.60.0.0/24, which the host is in with up0
      network create --subnet 127.1.0.0/16 q | overlaps 127.0.0.0/8 | lo
      network create --subnet 10.1.0.0/24 --subnet 10.1.0.0/25 q | 10.1.0.0/24 and 10.1.0.0/25 | overlap
      network create --subnet 10.1.0.0/24,10.1.0.0/24 q | overlap
      network create --subnet 10.1.0.0/24 --gateway 10.2.0.1 q | no matching subnet for gateway 10.2.0.1
      network create --subnet 10.1.0.0/24 --gateway bogus q | bogus
      network create --subnet 10.1.0.0/24 --gateway 10.1.0.1 --gateway 10.1.0.2 q | multiple gateways (10.1.0.1, 10.1.0.2) | 10.1.0.0/24
      network create --gateway 10.1.0.1 q | no subnet for gateway 10.1.0.1 | --subnet
      network create --ip-range 10.1.0.0/28 q | no subnet for range 10.1.0.0/28
      network create --subnet 10.1.0.0/24 --ip-range 10.2.0.0/28 q | no matching subnet for range 10.2.0.0/28
      network create --subnet 10.1.0.0/24 --ip-range 10.1.0.0/16 q | 10.1.0.0/16 | not inside the subnet 10.1.0.0/24
      network create --subnet 10.1.0.0/24 --ip-range 10.1.0.1/28 q | it should be 10.1.0.0/28
      network create --subnet 10.1.0.0/24 --ip-range 10.1.0.0/28 --ip-range 10.1.0.16/28 q | multiple ranges
      network create --subnet 10.1.0.0/24 --aux-address x=10.2.0.9 q | aux-address x=10.2.0.9
      network create --subnet 10.1.0.0/24 --aux-address x=bogus q | bogus
      network create --subnet 10.1.0.0/24 --aux-address x q | --aux-address
      network create --subnet 10.1.0.0/24 --gateway 10.1.0.9 --aux-address x=10.1.0.9 q | 10.1.0.9
      network create --subnet 10.1.0.0/24 --aux-address =10.1.0.9 q | invalid --aux-address: "=10.1.0.9"
      network create --label =x q | invalid --label: "=x" has no name
      network create -o =x q | invalid --opt: "=x" has no name
      network create --subnet 10.1.0.0/31 --ipv4=false --ipv6 q | 10.1.0.0/31 | IPv4 is off
      network create --subnet fd00::/64 --ipv6=false q | fd00::/64 | IPv6 is off
      network create --ipv4=false q | IPv4 or IPv6
      network create --ipv6=maybe q | maybe
      network create -o com.docker.network.bridge.nosuch=1 q | unknown option | com.docker.network.bridge.nosuch
      network create -o com.docker.network.bridge.enable_icc=maybe q | enable_icc | maybe
      network create -o com.docker.network.driver.mtu=12 q | com.docker.network.driver.mtu | 12
      network create -o com.docker.network.bridge.name=this-name-is-too-long q | this-name-is-too-long | 15
      network create -o com.docker.network.bridge.name=a/b q | a/b
      network create -o com.docker.network.bridge.name=br%d q | "br%d"
      network create -o com.docker.network.container_iface_prefix=e% q | "e%1023"
      network create q%d | q%d
      network create -o com.docker.network.container_iface_prefix=verylongprefix q | verylongprefix | 15
      network create | Missing required parameter | NETWORK
      network create a b | b
      network create --sub 10.1.0.0/24 q | Unknown option: '--sub' | did you mean | --subnet
      network rm nosuch | network nosuch not found
      network rm web | web has active endpoints: c1 (
      network rm host | host is a pre-defined network and cannot be removed
      network rm | Missing required parameter
      network inspect | Missing required parameter
      network inspect -f '{{.Nosuch}}' web | Nosuch
      network inspect -f '{{nosuch}}' web | function "nosuch" not defined
      network ls -f bogus | "bogus" | KEY=VALUE
      network ls -f colour=red | 'colour'
      network ls -f type=maybe | 'type=maybe'
      network ls -f dangling=maybe | 'dangling=maybe'
      network ls -f name=( | 'name=('
      network ls --format '{{.Nosuch}}' | Nosuch
      network ls extra | extra
      network lsx | lsx | did you mean | ls
      network insepct web | did you mean | inspect
      network prune --filter name=x | 'name'
      network inspect '' | it is empty
      network create '\t\033[31mred' | invalid network name: "\\x09\\x1b[31mred"
      '\033[31mred' | '\\x1b[31mred' is not a command
      --root '' network ls | '--root': it is empty
      --root /proc/nosuch network ls | cannot keep the state: /proc/nosuch: no such file or folder
      --root /proc/cpuinfo network ls | cannot keep the state: /proc/cpuinfo: there already
      ntework ls | did you mean | network
      nosuch | nosuch
      --nosuch | --nosuch
      exec nosuch true | No such container: nosuch
      rm nosuch | No such container: nosuch
      """;

  @TempDir private Path root;

  /** The lines for one row, which tell the state before and after it. */
  private static final String STATE =
      "ip -o -4 addr; ip route; nft list ruleset; ip -o link | cut -d: -f2";

  @TestFactory
  Stream<DynamicTest> isRefused() throws IOException {
    List<String> rows = ROWS.lines().toList();
    List<String> lines = new ArrayList<>(HOST);
    for (String row : rows) {
      lines.add("cnm " + row.substring(0, row.indexOf(" | ")));
      lines.add(STATE);
      lines.add("cnm network ls --no-trunc --format json");
    }
    lines.add("cnm rm -f c1");
    List<Answer> answers = new TestHost(root).lines(lines.toArray(String[]::new));
    int first = HOST.size();
    answers.subList(0, first).forEach(Answer::succeeded);
    return Stream.iterate(0, i -> i + 1)
        .limit(rows.size())
        .map(i ->
            DynamicTest.dynamicTest(
                rows.get(i),
                () -> {
                  int at = first + 3 * i;
                  String[] parts = rows.get(i).split(" \\| ");
                  assertThat(answers.get(at).failed(1))
                      .contains(List.of(parts).subList(1, parts.length));
                  assertThat(answers.get(at + 1).succeeded())
                      .isEqualTo(answers.get(first + 1).succeeded());
                  assertThat(answers.get(at + 2).succeeded())
                      .isEqualTo(answers.get(first + 2).succeeded());
                }));
  }
}
