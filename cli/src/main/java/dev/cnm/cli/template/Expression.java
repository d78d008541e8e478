package dev.cnm.cli.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has a value. */
sealed interface Expression {

  /** A value that stands in the template. */
  record Literal(@Nullable Object value) implements Expression {}

  /** {@code .}, {@code $} or {@code $name}. */
  record Variable(String name) implements Expression {}

  /** A field of another value. */
  record Field(Expression of, String name) implements Expression {}

  /** A function with its arguments. */
  record Call(String function, List<Expression> arguments) implements Expression {}
}
