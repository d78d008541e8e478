package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers find each other, and the outside, by name. */
final class NamesTest {

  @TempDir private Path root;

  /** A host that asks a server of its own, for the domain corp.test. */
  private String onHost(String script) throws IOException {
    Path etc = Files.createDirectories(root.resolve("etc"));
    Files.writeString(
        etc.resolve("resolv.conf"), "nameserver 127.0.0.53\nsearch corp.test\noptions rotate\n");
    return new TestHost(root.resolve("state"))
        .script(
            """
            ip link set lo up
            mount --bind ETC/resolv.conf /etc/resolv.conf
            dnsmasq --conf-file=/dev/null --pid-file=ETC/pid --no-resolv --no-hosts --user= \
                --group= --bind-interfaces --listen-address=127.0.0.53 --local=// \
                --host-record=ext.test,203.0.113.7 --host-record=www.corp.test,203.0.113.8
            cnm network create --subnet 10.50.0.0/24 web >/dev/null
            cnm network create --subnet 10.51.0.0/24 db >/dev/null
            SCRIPT
            cnm ps -aq | xargs -r cnm rm -f >/dev/null
            kill $(cat ETC/pid)
            """
                .replace("SCRIPT", script)
                .replace("ETC", etc.toString()));
  }

  @Test
  void containersFindEachOtherAndTheOutside() throws IOException {
    assertThat(
            onHost(
                """
                cnm run -d --name a --net web --network-alias both --hostname ahost -- sleep 300 \
                    >/dev/null
                id=$(cnm run -d --name b --net web --net-alias both -- sleep 300)
                cnm exec a -- sh -c 'cat /etc/resolv.conf; for name in "$@"; do
                  echo "$name: $(getent ahostsv4 $name | cut -d" " -f1 | sort -u | xargs)"; done' - \
                  a ahost b B.web both www www.corp.test ext.test nosuch $(echo $id | cut -c1-12)
                cnm run -d --name c --net db -- sleep 300 >/dev/null
                cnm exec c -- dig @127.0.0.11 +noall +comments b | grep -oE 'NXDOMAIN|SERVFAIL'
                cnm network connect --alias late db b
                cnm exec c -- dig @127.0.0.11 +short late b.db
                cnm exec b -- tail -n2 /etc/hosts
                cnm network disconnect web b
                cnm exec a -- dig @127.0.0.11 +short both
                cnm exec b -- tail -n1 /etc/hosts
                """))
        .contains("nameserver 127.0.0.11\nsearch corp.test\noptions rotate ndots:0\n")
        .contains(
            "a: 10.50.0.2\nahost: 10.50.0.2\nb: 10.50.0.3\nB.web: 10.50.0.3\n",
            "both: 10.50.0.2 10.50.0.3\nwww: 203.0.113.8\nwww.corp.test: 203.0.113.8\n",
            "ext.test: 203.0.113.7\nnosuch: \n")
        .containsPattern("\n[0-9a-f]{12}: 10\\.50\\.0\\.3\n")
        .containsPattern(
            "(NXDOMAIN|SERVFAIL)\n"
                + "10\\.51\\.0\\.3\n"
                + "10\\.51\\.0\\.3\n"
                + "10\\.50\\.0\\.3\t[0-9a-f]{12}\n"
                + "10\\.51\\.0\\.3\t[0-9a-f]{12}\n"
                + "10\\.50\\.0\\.2\n"
                + "10\\.51\\.0\\.3\t[0-9a-f]{12}\n"
                + "$");
  }

  @Test
  void aResolverOutlivesTheContainerWhoseStackIsShared() throws IOException {
    assertThat(
            onHost(
                """
                cnm run -d --name a --net web --network-alias alias -- sleep 300 >/dev/null
                cnm run -d --name b --net container:a -- sleep 300 >/dev/null
                cnm rm -f a
                until_ok cnm exec b -- dig @127.0.0.11 +tries=1 +time=1 alias
                cnm exec b -- dig @127.0.0.11 +short alias
                """))
        .isEqualTo("a\n10.50.0.2\n");
  }

  @Test
  void theFilesSayWhatTheOptionsSay() throws IOException {
    assertThat(
            onHost(
                """
                cnm run --net web --dns 9.9.9.9 --dns-search . --dns-opt ndots:3 --dns-option rotate \
                    --add-host gate:host-gateway --add-host x.y:1.2.3.4 --hostname h.corp.test -- \
                    sh -c 'grep -v "^#" /etc/resolv.conf; tail -n3 /etc/hosts; hostname'
                echo ---
                cnm run --dns-search a.test --dns-search b.test --add-host six=[fd00::1] -- \
                    sh -c 'grep -v "^#" /etc/resolv.conf; tail -n2 /etc/hosts | head -n1'
                echo ---
                cnm run --net host -- sh -c 'cat /etc/resolv.conf; hostname' > ETC/inside
                { cat /etc/resolv.conf; hostname; } | cmp - ETC/inside
                cnm run --net none --dns 9.9.9.9 -- grep ^name /etc/resolv.conf
                """))
        .isEqualTo(
            """

            nameserver 127.0.0.11
            options ndots:3 rotate

            10.50.0.1\tgate
            1.2.3.4\tx.y
            10.50.0.2\th.corp.test h
            h.corp.test
            ---

            nameserver 8.8.8.8
            nameserver 8.8.4.4
            search a.test b.test
            options rotate

            fd00::1\tsix
            ---
            nameserver 9.9.9.9
            """);
  }

  @Test
  void whatMakesNoSenseIsRefused() throws IOException {
    String rows =
        """
        --net web --hostname 'a b' | invalid host name: "a b"
        --net web --hostname .a | invalid host name
        --net web --network-alias 'a b' | invalid alias
        --net web --network-alias .a | invalid alias
        --net web --dns bogus | IP address is not correctly formatted: bogus
        --net web --dns 1.2.3 | IP address is not correctly formatted: 1.2.3
        --net web --dns 127.0.0.11 | is the resolver that would ask it
        --net web --dns-search a..b | invalid domain: "a..b"
        --net web --dns-search a --dns-search b --dns-search c --dns-search d --dns-search e \
        --dns-search f --dns-search g | too many DNS search domains: 7, at most 6
        --net web --dns-opt '' | invalid DNS option
        --net web --dns-opt 'a b' | invalid DNS option: "a b"
        --net web --add-host a | bad format for add-host: "a"
        --net web --add-host a: | bad format for add-host: "a:"
        --net web --add-host 'a b:1.2.3.4' | bad format for add-host
        --net web --add-host a:1.2.3 | invalid IP address in add-host: "1.2.3"
        --network-alias x | network-scoped alias is supported only
        --net host --network-alias x | network-scoped alias is supported only
        --net container:a --dns 9.9.9.9 | conflicting options: dns and the network mode
        --net container:a --add-host x:1.2.3.4 | custom host-to-IP mapping and the network mode
        --net container:a --hostname x | conflicting options: hostname and the network mode
        --net web --name a | the container name a is in use
        """
            .replace("\\\n", "");
    List<String> lines = new ArrayList<>(List.of("cnm network create web"));
    lines.add("cnm run -d --name a --net web -- sleep 300");
    rows.lines().forEach(row -> lines.add("cnm run " + row.split(" \\| ")[0] + " -- true"));
    lines.add("cnm ps -q | wc -l; ls STATE/containers | wc -l".replace("STATE", root.toString()));
    lines.add("cnm rm -f a");
    List<TestHost.Answer> answers =
        new TestHost(root).lines(lines.toArray(String[]::new)).subList(2, lines.size());

    List<String> wanted = rows.lines().map(row -> row.split(" \\| ")[1]).toList();
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(answers.get(i).failed(125)).as(lines.get(i + 2)).contains(wanted.get(i));
    }
    assertThat(answers.get(wanted.size()).out()).isEqualTo("1\n1\n");
  }
}
