package dev.cnm.cli.template;

import java.util.List;

/** A part of a template. */
sealed interface Node {

  /** What is printed as it stands. */
  record Text(String text) implements Node {}

  /** What is printed by value; if it names a variable, it is set instead. */
  record Action(String variable, Expression value) implements Node {}

  /**
   * {@code if}, {@code with} or {@code range}.
   *
   * @param keyword which
   * @param key the variable for the key of each element of a range; empty if there is none
   * @param element the variable for the value; empty if there is none
   * @param value what is asked
   * @param then what is printed if it is not empty
   * @param otherwise what is printed if it is
   */
  record Branch(
      String keyword,
      String key,
      String element,
      Expression value,
      List<Node> then,
      List<Node> otherwise)
      implements Node {}
}
