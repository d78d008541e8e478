package dev.cnm.controller;

import dev.cnm.spi.DriverContext;
import dev.cnm.spi.DriverType;
import dev.cnm.spi.NetworkDriver;
import dev.cnm.spi.NetworkDriverFactory;

/** Providers that a controller meets on a path that nobody has tidied up. */
final class BrokenFactories {

  private BrokenFactories() {}

  /** Has no type. */
  public static final class Unnamed implements NetworkDriverFactory {
    @Override
    public NetworkDriver create(DriverContext context) {
      return new LoggingDriver(context);
    }
  }

  /** Can't be instantiated. */
  @DriverType("throwing")
  public static final class Throwing implements NetworkDriverFactory {
    public Throwing() {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public NetworkDriver create(DriverContext context) {
      return new LoggingDriver(context);
    }
  }

  /** Of the same type as the next. */
  @DriverType("twin")
  public static final class OneTwin implements NetworkDriverFactory {
    @Override
    public NetworkDriver create(DriverContext context) {
      return new LoggingDriver(context);
    }
  }

  /** Of the same type as the one before. */
  @DriverType("twin")
  public static final class OtherTwin implements NetworkDriverFactory {
    @Override
    public NetworkDriver create(DriverContext context) {
      return new LoggingDriver(context);
    }
  }
}
