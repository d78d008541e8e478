package dev.cnm.cli.template;

import dev.cnm.InvalidParameterException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tokens of one action, between its braces. */
final class Tokens {

  /** How deep parentheses, or branches, may stand in each other: no person needs as many. */
  static final int DEEPEST = 100;

  /** What repeats a choice is possessive: Pattern matches it in a loop then, not ever deeper. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(\"(?:[^\"\\\\]|\\\\.)*+\"|`[^`]*`|:=|[|(),]|\\.[\\p{L}_][\\p{L}\\p{N}_]*|\\."
              + "|\\$[\\p{L}\\p{N}_]*|-?[0-9]+|[\\p{L}_][\\p{L}\\p{N}_]*)");

  private final List<String> tokens = new ArrayList<>();
  private final List<Boolean> spaced = new ArrayList<>();
  private final String action;
  private int depth;
  private int next;

  Tokens(String action) {
    this.action = action;
    Matcher matcher = TOKEN.matcher(action);
    int end = action.stripTrailing().length();
    int position = 0;
    while (position < end) {
      if (!matcher.find(position) || matcher.start() != position) {
        throw new InvalidParameterException(
            "template parsing error: cannot read "
                + action.substring(position).strip()
                + " in {{"
                + action
                + "}}");
      }
      tokens.add(matcher.group(1));
      spaced.add(matcher.start(1) > position);
      position = matcher.end();
    }
  }

  boolean atEnd() {
    return next == tokens.size();
  }

  /** The next one, which stays; empty at the end. */
  String peek() {
    return peek(0);
  }

  /** The one this far behind the next one; empty behind the end. */
  String peek(int further) {
    return next + further < tokens.size() ? tokens.get(next + further) : "";
  }

  /** Whether there is space in front of the next one. */
  boolean afterSpace() {
    return next < spaced.size() && spaced.get(next);
  }

  String take() {
    if (atEnd()) {
      throw invalid("something is missing at its end");
    }
    return tokens.get(next++);
  }

  boolean takeIf(String token) {
    boolean found = peek().equals(token);
    if (found) {
      next++;
    }
    return found;
  }

  /** Goes into a pair of parentheses. */
  void open() {
    if (++depth > DEEPEST) {
      throw invalid("more than " + DEEPEST + " levels");
    }
  }

  /** Comes out of it. */
  void close() {
    if (!takeIf(")")) {
      throw invalid(") is missing");
    }
    depth--;
  }

  void requireEnd() {
    if (!atEnd()) {
      throw invalid("unexpected " + peek());
    }
  }

  InvalidParameterException invalid(String reason) {
    return new InvalidParameterException(
        "template parsing error: {{" + action.strip() + "}}: " + reason);
  }
}
