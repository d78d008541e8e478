package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is on a host of stores that are gone, and of those that are not. */
final class OwnersTest {

  private static final String MARKED =
      "echo $(ip link | grep -c 'alias cnm-') $(nft list ruleset | grep -c '\"cnm-')\n";

  @TempDir private Path root;

  private String script(String script) throws IOException {
    return new TestHost(root.resolve("own")).script("ip link set lo up\n" + script);
  }

  @Test
  void whatAHaltedProgramLeftIsRemoved() throws IOException {
    String output =
        script(
            "sysctl -qw net.ipv4.ip_forward=0\n"
                + "sed s/dev.cnm.cli.Cnm/dev.cnm.cli.Halted/ $(command -v cnm) > "
                + root
                + "/halted; sh "
                + root
                + "/halted\n"
                + "nft list map inet cnm ports4 | grep -c 'tcp . 8080'; sysctl -n"
                + " net.ipv4.ip_forward\n"
                + "cnm doctor | grep 'which is gone'; cnm doctor --repair >/dev/null; echo $?\n"
                + MARKED
                + "sysctl -n net.ipv4.ip_forward\n"
                + "cnm run -p 8080:80 -- true; echo $?\n");

    assertThat(output)
        .startsWith("1\n1\n")
        .contains("the links ", "which is gone (memory)")
        .endsWith("\n0\n0 0\n0\n0\n");
  }

  @Test
  void onlyWhatIsKnownToBeGoneIsRemoved() throws IOException {
    String output =
        script(
            "cnm network ls >/dev/null\n"
                + "for s in gone kept; do CNM_ROOT="
                + root
                + "/$s cnm network create $s >/dev/null; done\n"
                + "CNM_ROOT="
                + root
                + "/far unshare -m cnm network create far >/dev/null\n"
                + "ip link | grep -o 'alias .*' | cut -d ' ' -f 4 | sort\n"
                + "cnm doctor | grep -c 'another store'\n"
                + "rm -rf "
                + root
                + "/gone "
                + root
                + "/far\n"
                + "cnm doctor | grep 'another store' | cut -d ' ' -f 1 | sort\n"
                + "cnm doctor --repair | grep 'another store' | cut -d ' ' -f 1\n"
                + "ip link | grep -o 'alias .*' | cut -d ' ' -f 4 | sort\n"
                + "nft list set inet cnm bridges | grep -o '[a-z]*\"' | grep -v cnm | grep -c"
                + " gone\n");

    assertThat(output).isEqualTo("far\ngone\nkept\n1\nmissing\nnote\nnote\nfar\nkept\n0\n");
  }
}
