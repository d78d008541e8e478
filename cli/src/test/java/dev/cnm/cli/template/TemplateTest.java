package dev.cnm.cli.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cnm.InvalidParameterException;
import dev.cnm.cli.json.JsonText;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected texts are what Go's text/template prints. */
final class TemplateTest {

  private static final Object VALUE =
      JsonText.object(
          "Name",
          "web",
          "Id",
          "0123",
          "Internal",
          false,
          "Count",
          2,
          "Nothing",
          null,
          "Empty",
          List.of(),
          "Config",
          List.of(
              JsonText.object("Subnet", "10.1.0.0/24", "Gateway", "10.1.0.1"),
              JsonText.object("Subnet", "fd00::/64", "Gateway", "fd00::1")),
          "Ports",
          JsonText.object("80/tcp", List.of(JsonText.object("HostPort", "8080"))),
          "Labels",
          new TreeMap<>(Map.of("b", "2", "a", "1")));

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "plain~plain",
        "{{.Name}}~web",
        "a {{ .Name }} b~a web b",
        "a {{- .Name -}} b~awebb",
        "{{.Name}}{{/* said */}}!~web!",
        "{{.Internal}} {{.Count}} {{.Nothing}}~false 2 <no value>",
        "{{.Labels}} {{.Empty}}~map[a:1 b:2] []",
        "{{json .Labels}}~{\"a\":\"1\",\"b\":\"2\"}",
        "{{json .Nothing}} {{json .Name}}~null \"web\"",
        "{{.Labels | json}}~{\"a\":\"1\",\"b\":\"2\"}",
        "{{range .Config}}{{.Subnet}} {{end}}~10.1.0.0/24 fd00::/64 ",
        "{{range $i, $c := .Config}}{{$i}}={{$c.Gateway}};{{end}}~0=10.1.0.1;1=fd00::1;",
        "{{range $k, $v := .Labels}}{{$k}}{{$v}}{{$.Name}}{{end}}~a1webb2web",
        "{{range .Empty}}x{{else}}none{{end}}~none",
        "{{range $c := .Config}}{{len $c}}{{end}}~22",
        "{{if .Internal}}in{{else if .Nothing}}no{{else}}out{{end}}~out",
        "{{if not .Internal}}out{{end}}~out",
        "{{if and .Name (eq .Count 2)}}yes{{end}}~yes",
        "{{and .Name .Nothing}} {{or .Nothing .Name}} {{and .Name}}~<no value> web web",
        "{{if or .Internal .Empty}}yes{{else}}no{{end}}~no",
        "{{with .Labels}}{{.a}}{{else}}none{{end}}~1",
        "{{with $l := .Labels}}{{$l.b}}{{.a}}{{end}}~21",
        "{{(index .Config 1).Subnet}}~fd00::/64",
        "{{(index (index .Ports \"80/tcp\") 0).HostPort}}~8080",
        "{{index .Labels \"nosuch\"}}~<no value>",
        "{{len .Config}} {{len .Name}}~2 3",
        "{{join (split .Id \"1\") \"-\"}}~0-23",
        "{{upper .Name}} {{lower \"ABC\"}} {{title .Name}}~WEB abc Web",
        "{{print .Name \"/\" .Count}}~web/2",
        "{{if eq .Name \"db\" \"web\"}}one of them{{end}}~one of them",
        "{{if ne .Name \"db\"}}other{{end}}~other",
        "{{$x := .Name}}{{range .Config}}{{$x}} {{end}}~web web ",
        "{{`a\"b`}}~a\"b",
        "{{\"tab\\tend\"}}~tab\tend",
      })
  void printsAsGoDoes(String template, String expected) {
    assertThat(Template.parse(template).render(VALUE)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{{.Name~unclosed action",
        "{{.Name}}{{end}}~unexpected {{end}}",
        "{{if .Name}}~without {{end}}",
        "{{range}}x{{end}}~missing",
        "{{nosuch .Name}}~\"nosuch\" not defined",
        "{{.Nosuch}}~no field Nosuch",
        "{{.Name.Nosuch}}~no field Nosuch",
        "{{$x}}~undefined variable $x",
        "{{index .Config 7}}~out of range",
        "{{len .Count}}~no length",
        "{{json}}~takes one value",
        "{{range .Name}}{{end}}~range",
        "{{.Name | }}~missing",
        "{{(.Name}}~) is missing",
        "{{%}}~cannot read",
        "{{eq}}~takes more",
        "{{and}}~takes more",
        "{{99999999999999}}~too large",
      })
  void whatMakesNoSenseIsRefused(String template, String message) {
    assertThatThrownBy(() -> Template.parse(template).render(VALUE))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whateverIsWrittenIsPrintedOrRefused() {
    List<String> parts =
        List.of(
            "{{",
            "}}",
            "{{- ",
            " -}}",
            ".",
            ".Name",
            ".Config",
            ".Nothing",
            "$",
            "$x",
            " := ",
            ",",
            "|",
            "(",
            ")",
            "if ",
            "else ",
            "end",
            "range ",
            "with ",
            "json ",
            "index ",
            "len ",
            "and ",
            "or ",
            "not ",
            "eq ",
            "join ",
            "split ",
            "print ",
            "\"a\\n\"",
            "`b`",
            "0",
            "-1",
            "99999999999",
            "true ",
            "nil ",
            " ",
            "\"",
            "/*",
            "*/",
            "%",
            "x");
    long seed = 20261125;
    Random random = new Random(seed);
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder("{{");
      random
          .ints(random.nextInt(12), 0, parts.size())
          .forEach(part -> text.append(parts.get(part)));
      if (random.nextBoolean()) {
        text.append("}}");
      }
      try {
        assertThat(Template.parse(text.toString()).render(VALUE)).isNotNull();
      } catch (InvalidParameterException e) {
        assertThat(e).hasMessageContaining("template");
      } catch (RuntimeException e) {
        throw new AssertionError("template " + text + " of seed " + seed, e);
      }
    }
  }

  @Test
  void whatIsTooDeepOrTooLongIsRefused() {
    for (String deep :
        List.of(
            "{{" + "(".repeat(4000) + "}}",
            "{{if .Name}}".repeat(300),
            "{{if .Name}}{{else if .Id}}".repeat(150))) {
      assertThatThrownBy(() -> Template.parse(deep))
          .isInstanceOf(InvalidParameterException.class)
          .hasMessageContaining("more than 100 levels");
    }
    assertThat(Template.parse("{{\"" + "\\n".repeat(2000) + "\"}}").render(VALUE)).hasSize(2000);
    assertThatThrownBy(() -> Template.parse("x".repeat(5000)))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("longer than 4096");
  }
}
