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
                --host-record=ext.test,203.0.113.7 --host-record=www.corp.test,203.0.113.8 \
                --host-record=single,203.0.113.9
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
  void namesWorkWhateverTheHostHasInEtc() throws IOException {
    String hosts =
        onHost(
            """
            cp -a /etc ETC/copy 2>/dev/null
            umount /etc/resolv.conf
            mount --bind ETC/copy /etc
            cnm run -d --name b --net web -- sleep 300 >/dev/null
            try() {
              ls -la --time-style=+ /etc > ETC/before
              cnm run --net web --hostname me --add-host x.y:1.2.3.4 -- sh -c '
                getent hosts b x.y me | tr -s " \n" " "; grep -c 127.0.0.11 /etc/resolv.conf
                cat /etc/hostname; echo inside 2>/dev/null > /etc/made; test -e /etc/passwd'
              rm -f /etc/made
              ls -la --time-style=+ /etc | diff ETC/before - && echo "= $1"
            }
            rm -f /etc/hosts; try missing
            rm -f /etc/resolv.conf /etc/hostname; try all-missing
            mkdir /etc/hosts; ln -s ../no/where /etc/resolv.conf; ln -s loop /etc/loop
            ln -s loop /etc/hostname; try folder-dangling-loop
            mount -o remount,ro,bind /etc; try read-only; mount -o remount,rw,bind /etc
            rmdir /etc/hosts; rm /etc/resolv.conf /etc/hostname; : > /etc/hosts; chmod 0 /etc/hosts
            echo nameserver 127.0.0.53 > ETC/stub; ln -s ETC/stub /etc/resolv.conf; mkfifo /etc/hostname
            try empty-link-pipe
            cat ETC/stub
            cnm run --net host --dns-search a.test --add-host x.y:1.2.3.4 -- \
                sh -c 'getent hosts x.y | tr -s " "; grep -v "^#" /etc/resolv.conf'
            umount /etc; rm -rf ETC/copy
            """);
    String same = "10.50.0.2 b 1.2.3.4 x.y 10.50.0.3 me 1\nme\n= ";
    assertThat(hosts)
        .isEqualTo(
            same
                + String.join(
                    "\n" + same,
                    "missing",
                    "all-missing",
                    "folder-dangling-loop",
                    "read-only",
                    "empty-link-pipe")
                + "\n"
                + "nameserver 127.0.0.53\n"
                + "1.2.3.4 x.y\n\n"
                + "nameserver 127.0.0.53\n"
                + "search a.test\n\n");
  }

  @Test
  void theHostsOptionsDontHideNames() throws IOException {
    assertThat(
            onHost(
                """
                echo "options ndots:1 edns0 timeout:2" >> /etc/resolv.conf
                cnm run -d --name web1 --net web -- sleep 300 >/dev/null
                cnm run -d --name WEB1 --net web -- sleep 300 >/dev/null
                cnm run --net web -- sh -c 'grep ^options /etc/resolv.conf
                  getent ahostsv4 web1 | cut -d" " -f1 | sort -u | xargs
                  dig +search +short Web1 | sort | xargs
                  dig +short web1.corp.test | sort | xargs
                  dig +short www.corp.test; dig +short single; dig +short -x 10.50.0.3'
                cnm run --net web --dns-opt ndots:1 -- sh -c 'dig +search +short web1 | wc -l'
                cnm run --net none --add-host gate:host-gateway -- true
                """))
        .isEqualTo(
            """
            options rotate edns0 timeout:2 ndots:0
            10.50.0.2 10.50.0.3
            10.50.0.2 10.50.0.3
            10.50.0.2 10.50.0.3
            203.0.113.8
            203.0.113.9
            WEB1.web.
            2
            cnm: warning: --add-host gate:host-gateway has no effect: the container reaches no \
            address of its host
            """);
  }

  @Test
  void aNameIsGivenAnAddressAlone() throws IOException {
    assertThat(
            onHost(
                """
                cnm run --net web --hostname me --add-host api.example.com:1.2.3.4 \
                    --add-host localhost.corp.test:1.2.3.5 --add-host six=fd00::6 \
                    --add-host six:[fd00::7] --add-host many:1.1.1.1 --add-host many:1.1.1.2 -- \
                    sh -c 'cat /etc/hosts; getent ahostsv4 localhost | cut -d" " -f1 | sort -u
                      getent hosts api || echo none'
                """))
        .isEqualTo(
            """
            127.0.0.1\tlocalhost
            1.2.3.4\tapi.example.com
            1.2.3.5\tlocalhost.corp.test
            fd00::6\tsix
            fd00::7\tsix
            1.1.1.1\tmany
            1.1.1.2\tmany
            10.50.0.2\tme
            127.0.0.1
            none
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
        --net web --dns fe80::1 | fe80::1 is an address on one link
        --net web --dns fe80::1%eth0 | IP address is not correctly formatted: fe80::1%eth0
        --net web --add-host x:fe80::1%eth0 | invalid IP address in add-host: "fe80::1%eth0"
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
