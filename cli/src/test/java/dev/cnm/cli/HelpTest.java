package dev.cnm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code --help} of each command. */
final class HelpTest {

  private static List<CommandLine> commands(CommandLine command) {
    List<CommandLine> all = new ArrayList<>(List.of(command));
    command.getSubcommands().values().forEach(it -> all.addAll(commands(it)));
    return all;
  }

  @Test
  void everyCommandTellsWhatItDoes() {
    List<CommandLine> commands = commands(Cnm.line());

    assertThat(commands).hasSizeGreaterThan(10);
    for (CommandLine command : commands) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

      assertThat(command.execute("--help")).isZero();
      assertThat(err.toString()).isEmpty();
      assertThat(out.toString())
          .startsWith("Usage: " + command.getCommandSpec().qualifiedName())
          .contains("--help");
      assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
      assertThat(command.getCommandSpec().options())
          .allSatisfy(
              option -> assertThat(option.description()).as(option.longestName()).isNotEmpty());
    }
  }
}
