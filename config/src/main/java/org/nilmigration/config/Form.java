package org.nilmigration.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * How a YAML scalar becomes a {@code T}, and the rules that value then obeys.
 *
 * @param tags the YAML types it may be written in, after the core schema's resolution
 * @param expected says the form itself; a value that has the form is judged by the rules
 */
record Form<T>(
    List<Tag> tags,
    String expected,
    String remedy,
    Function<String, Optional<T>> parser,
    List<Rule<T>> rules) {

  private static final Pattern LISTEN =
      Pattern.compile("(?:\\[([^\\]]+)\\]|([^:\\[\\]]+)):([0-9]{1,5})");

  static Form<String> text(Rule<String> rule) {
    return new Form<>(List.of(Tag.STR), "text", "put it in quotes", Optional::of, List.of(rule));
  }

  static Form<Integer> integer(Rule<Integer> rule) {
    return new Form<>(
        List.of(Tag.INT), rule.expected(), "write a plain number", Form::parseInt, List.of(rule));
  }

  static Form<ByteSize> size(Rule<ByteSize> rule) {
    return new Form<>(
        List.of(Tag.STR, Tag.INT),
        ByteSize.FORM,
        "correct the value",
        ByteSize::tryParse,
        List.of(rule));
  }

  static Form<Duration> duration(Rule<Duration> rule) {
    return new Form<>(
        List.of(Tag.STR),
        Texts.DURATION_FORM,
        "write a number and its unit",
        Texts::duration,
        List.of(rule));
  }

  /** Relative paths resolve against {@code base}; null accepts absolute paths only. */
  static Form<Path> path(Path base, Rule<Path> rule) {
    return new Form<>(
        List.of(Tag.STR),
        "a path",
        "put it in quotes",
        text -> parsePath(text).map(p -> base == null ? p : base.resolve(p).normalize()),
        List.of(rule));
  }

  /** {@code address:port}, an IPv6 address in brackets. */
  static Form<ApiConfig> listen() {
    return new Form<>(
        List.of(Tag.STR), "address:port", Rules.ADDRESS.remedy(), Form::parseListen, List.of());
  }

  static <E extends Enum<E>> Form<E> oneOf(Class<E> type) {
    List<E> values = Arrays.asList(type.getEnumConstants());
    String names = values.stream().map(Texts::of).collect(Collectors.joining(" or "));
    return new Form<>(
        List.of(Tag.STR),
        names,
        "write it in lower case",
        text ->
            values.stream().filter(e -> e.name().toLowerCase(Locale.ROOT).equals(text)).findFirst(),
        List.of());
  }

  /** What a missing value should have been. */
  String expectedInFull() {
    return rules.isEmpty() ? expected : rules.getFirst().expected();
  }

  private static Optional<Integer> parseInt(String text) {
    try {
      return Optional.of(Integer.parseInt(text));
    } catch (NumberFormatException notDecimalOrTooLarge) {
      return Optional.empty();
    }
  }

  private static Optional<ApiConfig> parseListen(String text) {
    Matcher m = LISTEN.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    String address = m.group(1) != null ? m.group(1) : m.group(2);
    int port = Integer.parseInt(m.group(3));
    return Rules.ADDRESS.holds().test(address) && Rules.LISTEN_PORT.holds().test(port)
        ? Optional.of(new ApiConfig(address, port))
        : Optional.empty();
  }

  private static Optional<Path> parsePath(String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    } catch (InvalidPathException holdsZeroByte) {
      return Optional.empty();
    }
  }
}
