package dev.cnm.spi;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The type by which a driver is asked for: {@code "bridge"} in {@code newNetwork("bridge", …)}. It
 * stands on the factory class, and is read before the class is instantiated.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface DriverType {

  /** Letters, digits, {@code _}, {@code .} and {@code -}; unique among the drivers of its kind. */
  String value();
}
