package dev.cnm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that reach the kernel, and those of its settings. */
final class NamesTest {

  @ParameterizedTest
  @ValueSource(strings = {"a", "my_host", "-x-", "a.b_c.d", "a.", "_", "0", "A1"})
  void aHostNameIsWhatDockerTakesForOne(String name) {
    assertThat(Names.requireHostname(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", ".a", "..", "a b", "a#b", "a\nb", "a\tb", "a/b", "\u00fc", "a%"})
  void aHostNameIsOneWordInAHostsFile(String name) {
    assertThatThrownBy(() -> Names.requireHostname(name))
        .isInstanceOf(InvalidParameterException.class);
  }

  @ParameterizedTest
  @CsvSource({"64,true", "65,false"})
  void aHostNameIsAsLongAsTheKernelTakesIt(int length, boolean taken) {
    String name = "a".repeat(length);
    if (taken) {
      assertThat(Names.requireHostname(name)).isEqualTo(name);
    } else {
      assertThatThrownBy(() -> Names.requireHostname(name)).hasMessageContaining(name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"eth%d", "%", "a%b", "br%%d", "e%1023"})
  void noInterfaceIsCalledLikeATemplate(String name) {
    assertThatThrownBy(() -> Names.requireInterfaceName(name))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining(name);
  }

  @ParameterizedTest
  @CsvSource({
    "net.ipv4.ip_forward, net.ipv4.ip_forward",
    "net/ipv4/conf/eth0.5/forwarding, net.ipv4.conf.eth0/5.forwarding",
    "net.ipv4.conf.eth0/5.forwarding, net.ipv4.conf.eth0/5.forwarding"
  })
  void aSettingIsNamedAsSysctlNamesIt(String written, String kept) {
    assertThat(SandboxOptions.defaults().withSysctls(Map.of(written, "1")).sysctls())
        .containsOnlyKeys(kept);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel.shmmax",
        "net",
        "net.",
        "net..x",
        "net.a b",
        "net.//.kernel.x",
        "net/../kernel/x",
        "net.ipv4./etc/passwd",
        "fs/x"
      })
  void noOtherSettingIsTaken(String name) {
    assertThatThrownBy(() -> SandboxOptions.defaults().withSysctls(Map.of(name, "1")))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "1\n", "1\0", "\u00fc"})
  void aSettingHasOneLineOfText(String value) {
    assertThatThrownBy(
            () -> SandboxOptions.defaults().withSysctls(Map.of("net.ipv4.ip_forward", value)))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("net.ipv4.ip_forward");
  }
}
