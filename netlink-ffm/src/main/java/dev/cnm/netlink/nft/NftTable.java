package dev.cnm.netlink.nft;

/**
 * Which table is meant.
 *
 * @param family which packets it sees
 * @param name unique in its family
 */
public record NftTable(NftFamily family, String name) {

  /** As {@code nft} writes it, such as {@code inet cnm}. */
  @Override
  public String toString() {
    return family + " " + name;
  }
}
