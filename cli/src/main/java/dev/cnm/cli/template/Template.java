package dev.cnm.cli.template;

import dev.cnm.InvalidParameterException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A template over maps, lists, texts, numbers and booleans, such as {@code {{.Name}} {{json
 * .Labels}}}. A value; safe to share.
 */
public final class Template {

  /** Longer than anything that a person types; it bounds how deep the parser goes. */
  private static final int LONGEST = 4096;

  private final List<Node> nodes;

  private Template(List<Node> nodes) {
    this.nodes = nodes;
  }

  /**
   * Reads a template.
   *
   * @throws InvalidParameterException if it is none
   */
  public static Template parse(String text) {
    if (text.length() > LONGEST) {
      throw new InvalidParameterException(
          "template parsing error: longer than " + LONGEST + " characters");
    }
    return new Template(new Parser(text).parse());
  }

  /**
   * The text for one value, which is {@code .} and {@code $} in the template.
   *
   * @throws InvalidParameterException if it asks for a field that isn't there, or gives a function
   *     what it doesn't take
   */
  public String render(Object value) {
    Output out = new Output();
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("$", value);
    render(nodes, value, variables, out);
    return out.toString();
  }

  /**
   * What is printed: a short template can be made to print, or to go through, more than there is.
   */
  private static final class Output {
    private static final int MOST_STEPS = 1_000_000;

    private final StringBuilder text = new StringBuilder();
    private int steps;

    void step() {
      if (++steps > MOST_STEPS) {
        throw new InvalidParameterException("template: more than " + MOST_STEPS + " steps");
      }
    }

    void append(String more) {
      if (text.length() + more.length() > Functions.LONGEST) {
        throw new InvalidParameterException(
            "template: it prints more than " + Functions.LONGEST + " characters");
      }
      text.append(more);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  private static void render(
      List<Node> nodes, @Nullable Object dot, Map<String, @Nullable Object> outer, Output out) {
    Map<String, @Nullable Object> variables = new HashMap<>(outer);
    for (Node node : nodes) {
      out.step();
      switch (node) {
        case Node.Text text -> out.append(text.text());
        case Node.Action action -> {
          Object value = evaluate(action.value(), dot, variables);
          if (action.variable().isEmpty()) {
            out.append(Functions.text(value));
          } else {
            variables.put(action.variable(), value);
          }
        }
        case Node.Branch branch -> render(branch, dot, variables, out);
      }
    }
  }

  private static void render(
      Node.Branch branch,
      @Nullable Object dot,
      Map<String, @Nullable Object> variables,
      Output out) {
    Object value = evaluate(branch.value(), dot, variables);
    if (!Functions.isTrue(value)) {
      render(branch.otherwise(), dot, variables, out);
    } else if (branch.keyword().equals("range")) {
      range(branch, value, variables, out);
    } else {
      Map<String, @Nullable Object> inner = new HashMap<>(variables);
      if (!branch.element().isEmpty()) {
        inner.put(branch.element(), value);
      }
      render(branch.then(), branch.keyword().equals("with") ? value : dot, inner, out);
    }
  }

  private static void range(
      Node.Branch branch,
      @Nullable Object value,
      Map<String, @Nullable Object> variables,
      Output out) {
    Map<String, @Nullable Object> inner = new HashMap<>(variables);
    switch (value) {
      case Map<?, ?> map -> {
        for (Map.Entry<?, ?> entry : new TreeMap<>(map).entrySet()) {
          round(branch, entry.getKey(), entry.getValue(), inner, out);
        }
      }
      case Collection<?> all -> {
        int index = 0;
        for (Object element : all) {
          round(branch, index++, element, inner, out);
        }
      }
      case null, default ->
          throw new InvalidParameterException(
              "template: range can't go over " + Functions.text(value));
    }
  }

  private static void round(
      Node.Branch branch,
      @Nullable Object key,
      @Nullable Object element,
      Map<String, @Nullable Object> variables,
      Output out) {
    if (!branch.key().isEmpty()) {
      variables.put(branch.key(), key);
    }
    if (!branch.element().isEmpty()) {
      variables.put(branch.element(), element);
    }
    render(branch.then(), element, variables, out);
  }

  private static @Nullable Object evaluate(
      Expression expression, @Nullable Object dot, Map<String, @Nullable Object> variables) {
    return switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Variable variable -> {
        if (variable.name().equals(".")) {
          yield dot;
        }
        if (!variables.containsKey(variable.name())) {
          throw new InvalidParameterException(
              "template parsing error: undefined variable " + variable.name());
        }
        yield variables.get(variable.name());
      }
      case Expression.Field field -> field(evaluate(field.of(), dot, variables), field.name());
      case Expression.Call call ->
          Functions.call(
              call.function(),
              call.arguments().stream()
                  .map(it -> new Functions.Argument(evaluate(it, dot, variables)))
                  .toList());
    };
  }

  private static @Nullable Object field(@Nullable Object of, String name) {
    if (!(of instanceof Map<?, ?> map)) {
      throw new InvalidParameterException(
          "template: there is no field " + name + " in " + Functions.text(of));
    }
    if (!map.containsKey(name)) {
      throw new InvalidParameterException(
          "template: there is no field " + name + ", but " + map.keySet());
    }
    return map.get(name);
  }
}
