package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code cnm run} takes of Docker's options. */
final class RunOptionsTest {

  @TempDir private Path root;

  @Test
  void severalNetworksInTheOrderGivenEachWithItsFields() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    cnm network create --subnet 10.50.0.0/24 Web >/dev/null
                    cnm network create --subnet 10.51.0.0/24 --subnet fd51::/64 db >/dev/null
                    cnm run --network db --network name=Web,ip=10.50.0.77,gw-priority=3 \
                        --ip 10.51.0.9 --ip6 fd51::9 --link-local-ip 169.254.9.9 \
                        sh -c 'ip -br addr; ip route show default; ip -6 route show default'
                    cnm run --network 'name=db,mac-address=02:00:00:00:00:07,\
                    "driver-opt=com.docker.network.endpoint.sysctls=\
                    net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.mc_forwarding=0",\
                    driver-opt=com.docker.network.endpoint.ifname=up0' -- sh -c \
                        'ip -br link show up0; cat /proc/sys/net/ipv4/conf/up0/log_martians'
                    """
                        .replace("\\\n", "")))
        .containsSubsequence(
            "eth0", "10.51.0.9/24", "169.254.9.9/16", "fd51::9/64", "eth1", "10.50.0.77/24")
        .containsSubsequence("default via 10.50.0.1 dev eth1", "default via fd51::1 dev eth0")
        .containsSubsequence("up0", "02:00:00:00:00:07", "\n1\n");
  }

  @Test
  void sysctlsAreOfTheContainersOwnStack() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    sysctl -qw net.ipv4.conf.all.log_martians=0
                    cnm run --net none --sysctl net.ipv4.conf.all.log_martians=1 -- \
                        cat /proc/sys/net/ipv4/conf/all/log_martians
                    cat /proc/sys/net/ipv4/conf/all/log_martians
                    """))
        .isEqualTo("1\n0\n");
  }

  @Test
  void sysctlsOfAnInterfaceAreSetWhenItComes() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    cnm network create --subnet 10.50.0.0/24 web >/dev/null
                    cnm network create --subnet 10.51.0.0/24 --subnet fd51::/64 six >/dev/null
                    cnm run --net web --net six --sysctl net.ipv4.conf.eth1.log_martians=1 \
                        --sysctl net/ipv6/conf/eth1/hop_limit=33 --sysctl net.ipv6.conf.all.forwarding=1 \
                        -- sh -c 'cd /proc/sys/net; cat ipv4/conf/eth0/log_martians \
                          ipv4/conf/eth1/log_martians ipv6/conf/eth1/hop_limit ipv6/conf/all/forwarding'
                    cnm run --net web --sysctl net.ipv6.conf.all.disable_ipv6=0 -- sh -c \
                        'cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6'
                    cnm run --net web --sysctl net.ipv6.conf.all.disable_ipv6=1 -- sh -c \
                        'cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6'
                    """))
        .isEqualTo("0\n1\n33\n1\n0\n1\n");
  }

  @Test
  void portsThatNobodyReachesAreNamed() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    cnm network create --internal --subnet 10.50.0.0/24 inner >/dev/null
                    cnm run --net inner -p 8080:80 -p 53/udp -- echo one
                    cnm run -p 8080:80 -p 8080:80 -p 0:81 --hostname my_host -- hostname
                    """))
        .isEqualTo(
            """
            WARNING: Published port 8080:80/tcp is discarded: none of the container's networks leads out of the host
            WARNING: Published port 53/udp is discarded: none of the container's networks leads out of the host
            one
            my_host
            """);
  }

  @Test
  void portsAreDiscardedWithAWarningWhereThereIsNoStackToReach() throws IOException {
    assertThat(
            new TestHost(root)
                .script(
                    """
                    cnm run -p 8080:80 --net host -- echo one
                    cnm run -P --expose 80 --net none -- echo two
                    cnm run -d --name three -p 8080:80 --net none -- sleep 300 2>&1 >/dev/null
                    cnm port three
                    cnm rm -f three
                    """))
        .isEqualTo(
            """
            WARNING: Published ports are discarded when using host network mode
            one
            WARNING: Published ports are discarded when using none network mode
            two
            WARNING: Published ports are discarded when using none network mode
            three
            """);
  }

  /** What stands before the bar is refused for what stands behind it, with exit code 125. */
  private static final String REFUSED =
      """
      run --network web --network web true | network "web" is specified multiple times
      run --network web --network bridge true | both user-defined and non-user-defined networks
      run --network web --network none true | one of the networks in private (none) mode
      run --network web --network container:a true | private (container:a) mode
      run --network container: true | container: needs a name
      run --network name=web,ip=10.50.0.5 --ip 10.50.0.6 true | both --ip and the same in --network
      run --network name=web,foo=bar true | invalid field key foo
      run --network ip=10.50.0.5 true | network name/id is not specified
      run --network name=web,gw-priority=high true | invalid gw-priority: high
      run --network name=web,link-local-ip=10.1.1.1 true | invalid link-local IP address: 10.1.1.1
      run --network name=web,mac-address=0 true | invalid MAC address: 0
      run --network container:a --hostname b true | hostname and the network mode
      run --network container:a -p 80:80 true | port publishing and the container type network
      run --network container:a --expose 80 true | port exposing and the container type network
      run --network container:a --sysctl net.ipv4.ip_forward=1 true | sysctl 'net.ipv4.ip_forward'
      run --network host --sysctl net.ipv4.ip_forward=1 true | sysctl 'net.ipv4.ip_forward'
      run --sysctl kernel.shmmax=1 true | kernel.shmmax; only what begins with net.
      run --sysctl net.ipv4.nosuch=1 true | net.ipv4.nosuch to 1: ENOENT
      run --sysctl net.ipv4.ip_forward=x true | net.ipv4.ip_forward to x: EINVAL
      run --sysctl net.ipv4.conf.eth1.log_martians=1 true | interface eth1, which the container doesn't
      run --net none --sysctl net.ipv4.conf.eth0.log_martians=1 true | interface eth0
      run --net six --sysctl net.ipv6.conf.all.disable_ipv6=1 true | exclude each other
      run --net six --sysctl net.ipv6.conf.eth0.disable_ipv6=1 true | exclude each other
      run --net name=web,driver-opt=com.docker.network.endpoint.ifname=e%d true | "e%d"
      run -p 8080:80 -p 8080:81 true | collide
      run -p 0.0.0.0:80:80 -p 127.0.0.1:80:81 true | collide
      run -p 8080:0 true | invalid container port "0"
      run -p 65536:80 true | invalid host port "65536"
      run -p 8010-8000:80-90 true | reversed
      run -p 8000-8010:80-85 true | 8000-8010
      run -p 80/icmp true | invalid protocol: icmp
      run -p 10.1.1.x:80:80 true | 10.1.1.x
      run --expose 80:80 -P true | invalid port: 80:80
      run --hostname a#b true | invalid host name: "a#b"
      run --name a true | name a is in use
      run --name a/b true | a/b
      """;

  @Test
  void badInputIsOneLineAndChangesNothing() throws IOException {
    List<String> refused = REFUSED.lines().toList();
    StringBuilder script =
        new StringBuilder(
            """
            cnm network create --subnet 10.50.0.0/24 web >/dev/null
            cnm network create --subnet 10.51.0.0/24 --subnet fd51::/64 six >/dev/null
            cnm run -d --name a --net none -- sleep 300 >/dev/null
            """);
    for (String line : refused) {
      script.append("cnm ").append(line.substring(0, line.indexOf(" | "))).append("; echo $?\n");
    }
    script.append("cnm ps -q | wc -l; ip -br link | grep -c veth; cnm rm -f a >/dev/null\n");

    List<String> said = new TestHost(root).script(script.toString()).lines().toList();

    assertThat(said).hasSize(2 * refused.size() + 2).endsWith("1", "0");
    for (int i = 0; i < refused.size(); i++) {
      String line = refused.get(i);
      assertThat(said.get(2 * i))
          .as(line)
          .startsWith("cnm: ")
          .contains(line.substring(line.indexOf(" | ") + 3));
      assertThat(said.get(2 * i + 1)).as(line).isEqualTo("125");
    }
  }
}
