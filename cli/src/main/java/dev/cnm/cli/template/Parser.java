package dev.cnm.cli.template;

import dev.cnm.InvalidParameterException;
import java.util.ArrayList;
import java.util.List;

/** Reads a template. For one use. */
final class Parser {

  private record Part(boolean action, String text) {}

  private final List<Part> parts;
  private int next;
  private int depth;

  Parser(String template) {
    parts = split(template);
  }

  List<Node> parse() {
    List<Node> nodes = nodes();
    if (next < parts.size()) {
      throw new InvalidParameterException(
          "template parsing error: unexpected {{" + parts.get(next).text.strip() + "}}");
    }
    return nodes;
  }

  private static List<Part> split(String template) {
    List<Part> parts = new ArrayList<>();
    int position = 0;
    boolean trim = false;
    while (position < template.length()) {
      int open = template.indexOf("{{", position);
      String text = template.substring(position, open < 0 ? template.length() : open);
      text = trim ? text.stripLeading() : text;
      if (open < 0) {
        parts.add(new Part(false, text));
        break;
      }
      int close = template.indexOf("}}", open);
      if (close < 0) {
        throw new InvalidParameterException("template parsing error: unclosed action: " + template);
      }
      String action = template.substring(open + 2, close);
      if (action.startsWith("- ")) {
        action = action.substring(2);
        text = text.stripTrailing();
      }
      trim = action.endsWith(" -");
      parts.add(new Part(false, text));
      if (!action.strip().startsWith("/*")) {
        parts.add(new Part(true, trim ? action.substring(0, action.length() - 2) : action));
      }
      position = close + 2;
    }
    return parts;
  }

  /** Up to the end, or to an {@code else} or {@code end} that belongs to a branch. */
  private List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    while (next < parts.size()) {
      Part part = parts.get(next);
      if (!part.action) {
        nodes.add(new Node.Text(part.text));
        next++;
        continue;
      }
      Tokens tokens = new Tokens(part.text);
      switch (tokens.peek()) {
        case "else", "end" -> {
          return nodes;
        }
        case "if", "with", "range" -> {
          next++;
          nodes.add(branch(tokens));
        }
        default -> {
          next++;
          nodes.add(action(tokens));
        }
      }
    }
    return nodes;
  }

  private static Node action(Tokens tokens) {
    String variable = "";
    if (tokens.peek().startsWith("$") && tokens.peek(1).equals(":=")) {
      variable = tokens.take();
      tokens.take();
    }
    Expression value = pipeline(tokens);
    tokens.requireEnd();
    return new Node.Action(variable, value);
  }

  private Node branch(Tokens tokens) {
    if (++depth > Tokens.DEEPEST) {
      throw tokens.invalid("more than " + Tokens.DEEPEST + " levels");
    }
    Node branch = branchOf(tokens);
    depth--;
    return branch;
  }

  private Node branchOf(Tokens tokens) {
    String keyword = tokens.take();
    String key = "";
    String element = "";
    if (tokens.peek().startsWith("$") && tokens.peek(1).equals(":=")) {
      element = tokens.take();
    } else if (tokens.peek().startsWith("$") && tokens.peek(1).equals(",")) {
      key = tokens.take();
      tokens.take();
      element = tokens.take();
    }
    if (!element.isEmpty() && !tokens.takeIf(":=")) {
      throw tokens.invalid(":= is missing");
    }
    Expression value = pipeline(tokens);
    tokens.requireEnd();
    List<Node> then = nodes();
    List<Node> otherwise = List.of();
    Tokens end = closing(keyword);
    if (end.takeIf("else")) {
      if (end.peek().equals("if") || end.peek().equals("with")) {
        // The inner branch takes the {{end}} of both.
        otherwise = List.of(branch(end));
        return new Node.Branch(keyword, key, element, value, then, otherwise);
      }
      end.requireEnd();
      otherwise = nodes();
      end = closing(keyword);
    }
    if (!end.takeIf("end")) {
      throw end.invalid("{{end}} is missing in front of it");
    }
    end.requireEnd();
    return new Node.Branch(keyword, key, element, value, then, otherwise);
  }

  private Tokens closing(String keyword) {
    if (next == parts.size()) {
      throw new InvalidParameterException(
          "template parsing error: {{" + keyword + "}} without {{end}}");
    }
    return new Tokens(parts.get(next++).text);
  }

  private static Expression pipeline(Tokens tokens) {
    Expression value = command(tokens);
    while (tokens.takeIf("|")) {
      if (!(command(tokens) instanceof Expression.Call call)) {
        throw tokens.invalid("a function is missing behind |");
      }
      List<Expression> arguments = new ArrayList<>(call.arguments());
      arguments.add(value);
      value = new Expression.Call(call.function(), arguments);
    }
    return value;
  }

  private static Expression command(Tokens tokens) {
    if (!isFunction(tokens.peek())) {
      return operand(tokens);
    }
    String function = tokens.take();
    List<Expression> arguments = new ArrayList<>();
    while (!tokens.atEnd() && !tokens.peek().equals("|") && !tokens.peek().equals(")")) {
      arguments.add(operand(tokens));
    }
    return new Expression.Call(function, arguments);
  }

  private static boolean isFunction(String token) {
    return !token.isEmpty()
        && (Character.isLetter(token.charAt(0)) || token.charAt(0) == '_')
        && !token.equals("true")
        && !token.equals("false")
        && !token.equals("nil");
  }

  private static Expression operand(Tokens tokens) {
    String token = tokens.take();
    Expression value;
    char first = token.charAt(0);
    if (token.equals("(")) {
      tokens.open();
      value = pipeline(tokens);
      tokens.close();
    } else if (first == '.') {
      value = new Expression.Variable(".");
      value = token.length() == 1 ? value : new Expression.Field(value, token.substring(1));
    } else if (first == '$') {
      value = new Expression.Variable(token);
    } else {
      value = literal(token, tokens);
    }
    while (tokens.peek().length() > 1 && tokens.peek().charAt(0) == '.' && !tokens.afterSpace()) {
      value = new Expression.Field(value, tokens.take().substring(1));
    }
    return value;
  }

  private static Expression literal(String token, Tokens tokens) {
    char first = token.charAt(0);
    if (first == '"') {
      return new Expression.Literal(unquoted(token));
    }
    if (first == '`') {
      return new Expression.Literal(token.substring(1, token.length() - 1));
    }
    if (first == '-' || Character.isDigit(first)) {
      try {
        return new Expression.Literal(Integer.parseInt(token));
      } catch (NumberFormatException e) {
        throw tokens.invalid("the number " + token + " is too large");
      }
    }
    return switch (token) {
      case "true" -> new Expression.Literal(true);
      case "false" -> new Expression.Literal(false);
      case "nil" -> new Expression.Literal(null);
      default ->
          isFunction(token)
              ? new Expression.Call(token, List.of())
              : throwUnexpected(token, tokens);
    };
  }

  private static Expression throwUnexpected(String token, Tokens tokens) {
    throw tokens.invalid("unexpected " + token);
  }

  private static String unquoted(String token) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < token.length() - 1; i++) {
      char c = token.charAt(i);
      if (c == '\\') {
        c = token.charAt(++i);
        c =
            switch (c) {
              case 'n' -> '\n';
              case 't' -> '\t';
              default -> c;
            };
      }
      text.append(c);
    }
    return text.toString();
  }
}
