package dev.cnm.netlink.nft;

import dev.cnm.netlink.MessageWriter;
import dev.cnm.netlink.gen.nftables;

/** What becomes of a packet ({@code nft(8)}, "VERDICT STATEMENTS"). */
public sealed interface Verdict {

  /** It passes this hook's chain. */
  record Accept() implements Verdict {}

  /** It is gone. */
  record Drop() implements Verdict {}

  /** It goes back to the chain that jumped here. */
  record Return() implements Verdict {}

  /**
   * It goes through another chain and comes back.
   *
   * @param chain its name
   */
  record Jump(String chain) implements Verdict {}

  /**
   * It goes through another chain and doesn't come back.
   *
   * @param chain its name
   */
  record Goto(String chain) implements Verdict {}

  /** Writes it as the data of the attribute {@code type}. */
  default void encode(MessageWriter out, int type) {
    int data = out.nest(type);
    int verdict = out.nest(nftables.NFTA_DATA_VERDICT());
    switch (this) {
      case Accept() -> out.u32Be(nftables.NFTA_VERDICT_CODE(), nftables.NF_ACCEPT());
      case Drop() -> out.u32Be(nftables.NFTA_VERDICT_CODE(), nftables.NF_DROP());
      case Return() -> out.u32Be(nftables.NFTA_VERDICT_CODE(), nftables.NFT_RETURN());
      case Jump(String chain) -> {
        out.u32Be(nftables.NFTA_VERDICT_CODE(), nftables.NFT_JUMP());
        out.string(nftables.NFTA_VERDICT_CHAIN(), chain);
      }
      case Goto(String chain) -> {
        out.u32Be(nftables.NFTA_VERDICT_CODE(), nftables.NFT_GOTO());
        out.string(nftables.NFTA_VERDICT_CHAIN(), chain);
      }
    }
    out.endNest(verdict);
    out.endNest(data);
  }
}
