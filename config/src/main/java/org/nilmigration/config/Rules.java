package org.nilmigration.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.nilmigration.config.GuestConfig.Boot;

/** Every rule a single value obeys, each once. */
final class Rules {
  static final String ONE_ZOOKEEPER_REMEDY =
      "give connect for an ensemble, or embedded for a cluster on one machine";

  private static final long PAGE_BYTES = 4096;

  static final Rule<String> GUEST_NAME =
      matching(
          "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?",
          "up to 32 lower-case letters, digits and inner hyphens",
          "choose such a name");
  static final Rule<String> HOST_NAME =
      matching(
          "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?",
          "up to 32 letters, digits and inner hyphens",
          "choose such a name");
  static final Rule<String> INTERFACE =
      matching(
          "[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}",
          "the name of a network interface, up to 15 letters, digits, '_', '.' and '-'",
          "choose such a name");
  static final Rule<String> MAC =
      matching(
          "(?!00(:00){5})[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}",
          "a unicast MAC address such as 52:54:00:12:34:56",
          "write six hexadecimal octets joined by colons, the first one even");
  static final Rule<String> LINE =
      new Rule<>(
          "one line of text",
          "write it without line breaks and control characters",
          s -> !s.isBlank() && s.chars().noneMatch(Character::isISOControl));
  static final Rule<String> ADDRESS =
      matching(
          "[0-9A-Za-z.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*",
          "an IP address or host name",
          "write for example 127.0.0.1:7400 or [::1]:7400");
  static final Rule<String> CONNECT =
      new Rule<>(
          "host:port pairs joined by commas",
          "write for example zk1:2181,zk2:2181,zk3:2181",
          Rules::isConnectString);
  static final Rule<Path> ABSOLUTE =
      new Rule<>(
          "an absolute path without control characters",
          "write the whole path from /",
          p -> p.isAbsolute() && p.toString().chars().noneMatch(Character::isISOControl));
  static final Rule<Path> STATE_DIR =
      new Rule<>(
          "an absolute path of at most " + HostConfig.STATE_DIR_BYTES_MAX + " bytes",
          "choose a shorter one, because Unix sockets of at most "
              + HostConfig.SOCKET_PATH_BYTES_MAX
              + " bytes lie below it",
          p -> ABSOLUTE.holds().test(p) && utf8Bytes(p) <= HostConfig.STATE_DIR_BYTES_MAX);

  static final Rule<Integer> PORT = between(1, 65535, "a port");
  static final Rule<Integer> LISTEN_PORT = between(0, 65535, "a port");
  static final Rule<Integer> NICS =
      new Rule<>(
          "at most " + NetworkConfig.NICS_MAX + " NICs",
          "remove the others",
          n -> n <= NetworkConfig.NICS_MAX);
  static final Rule<Integer> VCPUS = between(1, 64, "a number of vCPUs");

  static final Rule<Duration> BEAT_INTERVAL = between(Duration.ofMillis(1), Duration.ofSeconds(1));
  static final Rule<Duration> SUSPECT_AFTER =
      between(Duration.ofMillis(20), Duration.ofSeconds(60));
  static final Rule<Duration> LEASE = between(Duration.ofSeconds(1), Duration.ofMinutes(5));
  static final Rule<Duration> GRACE = between(Duration.ZERO, Duration.ofMinutes(10));
  static final Rule<Duration> COOLDOWN = between(Duration.ZERO, Duration.ofHours(1));
  static final Rule<Integer> HOSTS_PER_MINUTE = between(1, 1000, "a number of hosts");
  static final Rule<String> FENCE_PARAMETER =
      new Rule<>(
          "a parameter of the agent, of letters, digits, '_' and '-', other than action and nodename",
          "look at the agent's own manual",
          key ->
              key.matches("[A-Za-z0-9_-]{1,64}")
                  && !key.equals("action")
                  && !key.equals("nodename"));
  static final Rule<String> FENCE_VALUE =
      new Rule<>(
          "one line of at most 4096 characters",
          "shorten it",
          value -> value.length() <= 4096 && value.chars().noneMatch(Character::isISOControl));
  static final Rule<Duration> FENCE_TIMEOUT =
      between(Duration.ofSeconds(1), Duration.ofMinutes(10));
  static final Rule<Integer> FENCE_ATTEMPTS = between(1, 10, "a number of attempts");
  static final Rule<Duration> WATCHDOG_TIMEOUT =
      new Rule<>(
          "a duration of whole seconds from 1s to 10m",
          "choose one in that range",
          d -> d.toNanosPart() == 0 && d.toSeconds() >= 1 && d.toSeconds() <= 600);
  static final Rule<Duration> EPOCH_INTERVAL =
      between(Duration.ofMillis(1), Duration.ofSeconds(10));
  static final Rule<Duration> OUTPUT_INTERVAL =
      between(Duration.ofMillis(1), Duration.ofSeconds(10));
  static final Rule<Duration> IDLE_INTERVAL = between(Duration.ofMillis(1), Duration.ofSeconds(10));
  static final Rule<Duration> SESSION_TIMEOUT =
      between(Duration.ofMillis(500), Duration.ofSeconds(60));

  static final Rule<ByteSize> EPOCH_LOG =
      sizeBetween(ByteSize.ofMiB(4), ByteSize.ofMiB(64 << 10), PAGE_BYTES);
  static final Rule<ByteSize> MEMORY =
      sizeBetween(ByteSize.ofMiB(64), ByteSize.ofMiB(1 << 20), 2L << 20);
  static final Rule<ByteSize> MEMORY_CAPACITY =
      sizeBetween(ByteSize.ofMiB(64), ByteSize.ofMiB(1 << 30), PAGE_BYTES);

  static final Rule<Boot> BOOTABLE =
      new Rule<>(
          "a kernel or a disk",
          "give the key kernel or the key disk",
          boot -> boot.kernel() != null || boot.disk() != null);
  static final Rule<Boot> KERNEL_FOR_INITRD_AND_APPEND =
      new Rule<>(
          "a kernel wherever there is an initrd or append",
          "give the key kernel, or remove initrd and append",
          boot -> boot.kernel() != null || (boot.initrd() == null && boot.append() == null));

  private Rules() {}

  static Rule<Duration> suspectsAfterFourBeats(Duration interval) {
    Duration least = interval.multipliedBy(4);
    return new Rule<>(
        "at least four heartbeat intervals, " + Texts.of(least),
        "raise suspectAfter or lower interval",
        d -> d.compareTo(least) >= 0);
  }

  static Rule<Duration> outlastsSuspicion(Duration suspectAfter) {
    Duration least = suspectAfter.multipliedBy(8);
    return new Rule<>(
        "at least eight times heartbeat.suspectAfter, "
            + Texts.of(least)
            + ", or the watchdog would reset a host that nobody has suspected yet",
        "raise watchdog.timeout or lower heartbeat.suspectAfter",
        d -> d.compareTo(least) >= 0);
  }

  static Rule<Duration> atMostInterval(Duration interval) {
    return new Rule<>(
        "at most the epoch's interval, " + Texts.of(interval),
        "lower outputInterval or raise interval",
        d -> d.compareTo(interval) <= 0);
  }

  static Rule<Duration> atLeastInterval(Duration interval) {
    return new Rule<>(
        "at least the epoch's interval, " + Texts.of(interval),
        "raise idleInterval or lower interval",
        d -> d.compareTo(interval) >= 0);
  }

  /** For a TAP device or a MAC address, whose key it is. */
  static Rule<String> notAmong(Collection<String> others, String key) {
    return new Rule<>(
        "one that no other NIC of the guest has",
        "give this NIC another one with the key " + key,
        value -> !others.contains(value));
  }

  static Rule<String> noBridge(Collection<String> bridges) {
    return new Rule<>(
        "a name that none of the guest's bridges has",
        "choose another name for the TAP device",
        tap -> !bridges.contains(tap));
  }

  private static Rule<String> matching(String pattern, String expected, String remedy) {
    Predicate<String> matches = Pattern.compile(pattern).asMatchPredicate();
    return new Rule<>(expected, remedy, matches);
  }

  private static Rule<Integer> between(int least, int most, String what) {
    return new Rule<>(
        "%s from %d to %d".formatted(what, least, most),
        "choose one in that range",
        n -> n >= least && n <= most);
  }

  private static Rule<Duration> between(Duration least, Duration most) {
    return new Rule<>(
        "a duration from %s to %s".formatted(Texts.of(least), Texts.of(most)),
        "choose one in that range",
        d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0);
  }

  private static Rule<ByteSize> sizeBetween(ByteSize least, ByteSize most, long unitBytes) {
    return new Rule<>(
        "a multiple of %s from %s to %s".formatted(new ByteSize(unitBytes), least, most),
        "choose such a size",
        s -> s.compareTo(least) >= 0 && s.compareTo(most) <= 0 && s.isMultipleOf(unitBytes));
  }

  private static boolean isConnectString(String text) {
    Pattern member = Pattern.compile("([0-9A-Za-z.-]+|\\[[0-9A-Fa-f:.]+\\]):([0-9]{1,5})");
    for (String part : text.split(",", -1)) {
      var m = member.matcher(part);
      if (!m.matches() || !PORT.holds().test(Integer.parseInt(m.group(2)))) {
        return false;
      }
    }
    return true;
  }

  private static int utf8Bytes(Path p) {
    return p.toString().getBytes(StandardCharsets.UTF_8).length;
  }
}
