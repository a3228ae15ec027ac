package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the guest of {@code ha-daemon/guest} printed on the console of one QEMU. A guest that moves
 * goes on in the middle of a line: an unfinished last line is left out, and the rest of a line that
 * began elsewhere is not taken for a line.
 *
 * @param booted boot id of the {@code BOOTED} line, empty when the guest did not boot here
 * @param ticks the counter, in order
 * @param testsPassed number of {@code memtest ok} lines
 * @param testFailures the lines {@code memtest FAILURE}, {@code dirty FAILURE} and {@code hot
 *     FAILURE}
 * @param startsInsideLine whether the first line is the rest of a line that began on another host
 */
public record ConsoleLog(
    Optional<String> booted,
    List<Tick> ticks,
    int testsPassed,
    List<String> testFailures,
    boolean startsInsideLine) {

  /**
   * One line of the counter.
   *
   * @param number grows by one
   * @param uptimeSeconds the guest's time since boot
   * @param bootId the guest kernel's identity of this boot
   */
  public record Tick(long number, double uptimeSeconds, String bootId) {}

  private static final Pattern BOOTED = Pattern.compile("BOOTED [0-9.]+ ([0-9a-f-]{36})");
  private static final Pattern TICK =
      Pattern.compile("tick ([0-9]{1,18}) ([0-9]{1,12}\\.[0-9]{2}) ([0-9a-f-]{36})");
  private static final Pattern FAILURE = Pattern.compile("(memtest|dirty|hot) FAILURE.*");
  private static final Pattern WHOLE =
      Pattern.compile("(BOOTED|tick|memtest|redis|bulk|dirty|hot|\\[) ?.*");

  public ConsoleLog {
    ticks = List.copyOf(ticks);
    testFailures = List.copyOf(testFailures);
  }

  /** Reads a console file; one that is not there is an empty console. */
  public static ConsoleLog read(Path file) {
    return parse(text(file));
  }

  /** All that was printed; nothing where there is no console yet. */
  public static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ConsoleLog parse(String text) {
    int end = text.lastIndexOf('\n');
    List<String> lines = end < 0 ? List.of() : text.substring(0, end).lines().toList();
    Optional<String> booted = Optional.empty();
    List<Tick> ticks = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    int passed = 0;
    for (String line : lines) {
      Matcher boot = BOOTED.matcher(line);
      Matcher tick = TICK.matcher(line);
      if (boot.matches()) {
        booted = Optional.of(boot.group(1));
      } else if (tick.matches()) {
        ticks.add(
            new Tick(
                Long.parseLong(tick.group(1)), Double.parseDouble(tick.group(2)), tick.group(3)));
      } else if (line.startsWith("memtest ok ")) {
        passed++;
      } else if (FAILURE.matcher(line).matches()) {
        failures.add(line);
      }
    }
    boolean inside = !lines.isEmpty() && !WHOLE.matcher(lines.getFirst()).matches();
    return new ConsoleLog(booted, ticks, passed, failures, inside);
  }

  public Optional<Tick> firstTick() {
    return ticks.isEmpty() ? Optional.empty() : Optional.of(ticks.getFirst());
  }

  public Optional<Tick> lastTick() {
    return ticks.isEmpty() ? Optional.empty() : Optional.of(ticks.getLast());
  }
}
