package dev.cnm.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.ExhaustedException;
import dev.cnm.InvalidParameterException;
import dev.cnm.IpPrefix;
import dev.cnm.spi.IpamDriver;
import dev.cnm.spi.IpamDriver.AllocatedPool;
import dev.cnm.spi.IpamDriver.PoolRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NullIpamTest {

  private final IpamDriver ipam = new NullIpam();

  private AllocatedPool pool(boolean ipv6, Optional<String> subnet) throws IOException {
    return ipam.requestPool(
        new PoolRequest(
            ipam.localAddressSpace(),
            subnet.map(IpPrefix::parse),
            Optional.empty(),
            Map.of(),
            List.of(),
            ipv6));
  }

  @Test
  void everyPoolIsTheOneWithoutAddresses() throws IOException {
    assertThat(pool(false, Optional.empty()).subnet()).hasToString("0.0.0.0/0");
    assertThat(pool(true, Optional.empty()).subnet()).hasToString("::/0");
    AllocatedPool twice = pool(false, Optional.empty());
    assertThatThrownBy(() -> ipam.requestAddress(twice.id(), Optional.empty(), Map.of()))
        .isInstanceOf(ExhaustedException.class);
    ipam.releasePool(twice.id());
    ipam.releasePool(twice.id());
  }

  @Test
  void aSubnetIsRefused() {
    assertThatThrownBy(() -> pool(false, Optional.of("10.77.0.0/24")))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("10.77.0.0/24");
  }
}
