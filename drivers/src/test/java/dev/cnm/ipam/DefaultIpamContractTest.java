package dev.cnm.ipam;

import dev.cnm.spi.IpamDriverContract;
import dev.cnm.spi.IpamDriverFactory;

/** The IPAM driver of the type {@code default} keeps the contract. */
final class DefaultIpamContractTest extends IpamDriverContract {

  @Override
  protected IpamDriverFactory factory() {
    return new DefaultIpamFactory();
  }
}
