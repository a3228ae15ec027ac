package org.nilmigration.daemon.nilctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What nilctl does before it talks to anybody. */
class NilctlTest {
  @TempDir private Path directory;

  private static void assertSentence(NilctlRun run, int exitCode, String... says) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
    assertThat(run.err()).startsWith("nilctl: ").contains(says).doesNotContain("\tat ");
    assertThat(run.out()).isEmpty();
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private Path hostFile() throws IOException {
    return file(
        "host.yaml", "host: a\nregion: region\nstateDir: /tmp/s\nzookeeper: {embedded: {}}\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vm",
        "no-such-command",
        "vm show",
        "vm apply",
        "vm migrate web",
        "vm list -o xml",
        "vm migrate web --to b --timeout 5",
        "region format --capacity much",
        "history --limit many",
        "host",
        "host drain",
        "host drain a --parallel some",
        "host cordon",
        "pause web db",
        "chaos",
        "chaos run --seed x"
      })
  void wrongUsageExitsWith64AndNamesTheHelp(String line) {
    NilctlRun run = NilctlRun.of(line.split(" "));
    assertSentence(run, 64, "--help' for what it expects");
  }

  @Test
  void chaosNamesItsScenarios() {
    NilctlRun.assertOk(NilctlRun.of("chaos", "run", "--list"), "host-kill", "drain", "random");
    assertSentence(
        NilctlRun.of("chaos", "run", "--scenario", "rain"),
        64,
        "found 'rain', expected a name that 'nilctl chaos run --list' shows");
    assertSentence(NilctlRun.of("chaos", "run", "--iterations", "0"), 64, "expected at least 1");
  }

  @Test
  void aGroupWithoutASubcommandShowsItsSubcommands() {
    assertThat(NilctlRun.of("vm").err()).contains("apply", "migrate");
  }

  @Test
  void everyCommandHasHelpThatFitsATerminal() {
    for (List<String> command : commands(NilctlMain.commandLine(), List.of())) {
      List<String> asked = new ArrayList<>(command);
      asked.add("--help");
      NilctlRun run = NilctlRun.of(asked.toArray(String[]::new));
      assertThat(run.exitCode()).as(String.join(" ", command)).isZero();
      assertThat(run.out()).startsWith("Usage: nilctl").contains("--help");
      assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }
  }

  /** Only what the arguments lead through is made; nobody may see that. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--help",
        "--version",
        "-V vm",
        "help",
        "help vm",
        "help no-such",
        "vm",
        "vm --help",
        "vm lst",
        "vm list --help",
        "vm list extra",
        "--api",
        "--api http://127.0.0.1:1 vm list",
        "--api=http://127.0.0.1:1 vm list",
        "--config vm host",
        "--config vm no-such",
        "--no-such vm list",
        "--help vm list",
        "chaos run --list",
        "no-such vm list",
        "@no-such-file"
      })
  void whatIsMadeForTheArgumentsSaysWhatTheWholeSays(String line) {
    String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
    assertThat(NilctlRun.of(arguments))
        .isEqualTo(NilctlRun.of(NilctlMain.commandLine(), arguments));
  }

  @Test
  void aFileOfArgumentsMayNameTheCommand() throws IOException {
    Path file = file("arguments", "vm list --config " + directory + "/none.yaml\n");
    assertSentence(NilctlRun.of("@" + file), 78, directory + "/none.yaml");
    Path rest = file("rest", "list --config " + directory + "/none.yaml\n");
    assertSentence(NilctlRun.of("vm", "@" + rest), 78, directory + "/none.yaml");
  }

  private static List<List<String>> commands(CommandLine line, List<String> names) {
    List<List<String>> all = new ArrayList<>();
    all.add(names);
    line.getSubcommands()
        .forEach((name, command) -> {
          List<String> path = new ArrayList<>(names);
          path.add(name);
          if (!command.getCommandSpec().helpCommand()) {
            all.addAll(commands(command, path));
          }
        });
    return all;
  }

  @Test
  void theVersionIsTold() {
    assertThat(NilctlRun.of("--version").out()).startsWith("nil-migration HA ");
  }

  @Test
  void aMissingHostFileIsNamed() {
    NilctlRun run = NilctlRun.of("vm", "list", "--config", directory + "/none.yaml");
    assertSentence(run, 78, directory + "/none.yaml");
  }

  @Test
  void theOptionsMayStandBeforeTheCommand() {
    NilctlRun run = NilctlRun.of("--config", directory + "/none.yaml", "vm", "list");
    assertSentence(run, 78, directory + "/none.yaml");
  }

  @Test
  void configAndApiAreOneTooMany() {
    NilctlRun run =
        NilctlRun.of("vm", "list", "--config", "host.yaml", "--api", "http://127.0.0.1:1");
    assertSentence(run, 64, "both --config and --api");
  }

  @Test
  void anAddressNeedsAToken() {
    assertSentence(NilctlRun.of("vm", "list", "--api", "http://127.0.0.1:1"), 64, "--token-file");
  }

  @Test
  void aTokenFileThatIsMissingOrNoTokenIsRefused() throws IOException {
    String[] line = {"vm", "list", "--api", "http://127.0.0.1:1", "--token-file", ""};
    line[5] = directory + "/none";
    assertSentence(NilctlRun.of(line), 69, directory + "/none", "start nild");
    line[5] = file("text", "two words\n").toString();
    assertSentence(NilctlRun.of(line), 78, "expected one line");
    line[5] = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff}).toString();
    assertSentence(NilctlRun.of(line), 78, "expected one line");
  }

  @Test
  void anAddressThatIsNoneIsRefused() throws IOException {
    String token = file("token", "abc\n").toString();
    for (String wrong : List.of("127.0.0.1:7400", "ftp://a", "http://", "http://a b")) {
      NilctlRun run = NilctlRun.of("vm", "list", "--api", wrong, "--token-file", token);
      assertSentence(run, 64, "'" + wrong + "'", "expected http://HOST:PORT");
    }
  }

  @Test
  void allFaultsOfAGuestAreToldBeforeAnythingIsSent() throws IOException {
    Path guest = file("guest.yaml", "name: WEB\nmemory: 1\nkernel: k\ncolour: red\n");
    NilctlRun run = NilctlRun.of("vm", "apply", "-f", guest.toString());
    assertSentence(run, 78, "guest.yaml:1:7", "guest.yaml:2:9", "'colour'");
    assertThat(run.err().lines()).allMatch(line -> line.startsWith("nilctl: "));
  }

  @Test
  void aRegionIsFormattedOnceAndShown() throws IOException {
    String config = hostFile().toString();
    NilctlRun none = NilctlRun.of("region", "show", "--config", config);
    assertSentence(none, 105, "nilctl region format");

    NilctlRun formatted =
        NilctlRun.of("region", "format", "--config", config, "--capacity", "64MiB");
    assertThat(formatted.exitCode()).as(formatted.err()).isZero();
    assertThat(formatted.out()).contains(directory.resolve("region").toString(), "64 MiB");

    NilctlRun shown = NilctlRun.of("region", "show", "--config", config);
    assertThat(shown.out()).contains("capacity: 64 MiB", "hosts:    none yet");
    NilctlRun json = NilctlRun.of("region", "show", "--config", config, "-o", "json");
    assertThat(json.out()).contains("\"capacityBytes\": 67108864");

    assertSentence(NilctlRun.of("region", "format", "--config", config), 107, "already");
  }

  @Test
  void sizesAreRounded() {
    assertThat(RegionCommand.human(0)).isEqualTo("0 B");
    assertThat(RegionCommand.human(1536)).isEqualTo("1.5 KiB");
    assertThat(RegionCommand.human((8L << 30) + 1)).isEqualTo("8.0 GiB");
    assertThat(RegionCommand.human(320L << 20)).isEqualTo("320 MiB");
  }
}
