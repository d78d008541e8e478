package dev.cnm.netlink;

import dev.cnm.netlink.gen.rtnetlink;
import java.util.function.Consumer;

/** Requests as no builder makes them. */
public final class Requests {

  private Requests() {}

  /** A request of these parts. */
  public static Request of(int type, int flags, Consumer<MessageWriter> body) {
    return new Request() {
      @Override
      public int type() {
        return type;
      }

      @Override
      public int flags() {
        return flags;
      }

      @Override
      public void encode(MessageWriter out) {
        body.accept(out);
      }

      @Override
      public String describe() {
        return "try something";
      }
    };
  }

  static Request listLinks() {
    return of(
        rtnetlink.RTM_GETLINK(),
        0,
        out -> {
          for (int i = 0; i < 4; i++) {
            out.int32(0);
          }
        });
  }
}
