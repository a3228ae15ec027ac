package org.nilmigration.daemon.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.daemon.lab.ConsoleLog.Tick;

/**
 * Judges from its consoles whether a guest went on when it changed its host. Pure. Each method
 * returns sentences, none when all holds.
 */
public final class Continuity {
  /** Time from a SIGKILL's system call until a running vCPU thread has seen it. */
  private static final Duration KILL_TAKES_AT_MOST = Duration.ofMillis(20);

  private Continuity() {}

  /**
   * Ticks that a takeover may print a second time: those of the time since the last commit.
   *
   * @param sinceCommit age of the last commit when the kill was sent, 0 when it came later
   */
  public static long repeatedTicksMax(Duration sinceCommit, Duration tick) {
    return sinceCommit.plus(KILL_TAKES_AT_MOST).dividedBy(tick) + 1;
  }

  /** Ticks of {@code before} that {@code after} printed again. */
  public static long repeatedTicks(ConsoleLog before, ConsoleLog after) {
    if (before.ticks().isEmpty() || after.ticks().isEmpty()) {
      return 0;
    }
    return Math.max(0, before.ticks().getLast().number() - after.ticks().getFirst().number() + 1);
  }

  /**
   * Whether {@code after} goes on where {@code before} ended: the same boot, no tick left out, and
   * not more ticks repeated than allowed.
   *
   * @param repeatedMax 0 for a planned move
   */
  public static List<String> acrossHosts(ConsoleLog before, ConsoleLog after, long repeatedMax) {
    if (before.ticks().isEmpty() || after.ticks().isEmpty()) {
      return List.of(
          "the guest printed %d ticks before the change of host and %d after it, expected some of both"
              .formatted(before.ticks().size(), after.ticks().size()));
    }
    List<String> faults = new ArrayList<>();
    Tick last = before.ticks().getLast();
    Tick first = after.ticks().getFirst();
    // The tick whose line was cut in two is complete on neither console.
    long firstMax = last.number() + (after.startsInsideLine() ? 2 : 1);
    if (first.number() > firstMax) {
      faults.add(
          "the counter left out ticks: %d was the last before the change of host, %d the first after it, expected at most %d"
              .formatted(last.number(), first.number(), firstMax));
    }
    long repeated = repeatedTicks(before, after);
    if (repeated > repeatedMax) {
      faults.add(
          "the guest went back by %d ticks (from %d to %d), expected at most %d"
              .formatted(repeated, last.number(), first.number(), repeatedMax));
    }
    faults.addAll(sameBoot(before, after));
    faults.addAll(consecutive(after));
    return faults;
  }

  /** Whether the guest did not boot anew. */
  public static List<String> sameBoot(ConsoleLog before, ConsoleLog after) {
    List<String> faults = new ArrayList<>();
    after
        .booted()
        .ifPresent(id -> faults.add("the guest booted anew on its new host, boot id " + id));
    String expected = before.ticks().isEmpty() ? null : before.ticks().getLast().bootId();
    for (Tick tick : after.ticks()) {
      if (!tick.bootId().equals(expected)) {
        faults.add(
            "tick %d shows boot id %s, expected %s as before"
                .formatted(tick.number(), tick.bootId(), expected));
        break;
      }
    }
    return faults;
  }

  /** Whether each tick is the one before it plus one, and the guest's clock never goes back. */
  public static List<String> consecutive(ConsoleLog log) {
    for (int i = 1; i < log.ticks().size(); i++) {
      Tick before = log.ticks().get(i - 1);
      Tick tick = log.ticks().get(i);
      if (tick.number() != before.number() + 1) {
        return List.of(
            "the counter went from %d to %d, expected %d"
                .formatted(before.number(), tick.number(), before.number() + 1));
      }
      if (tick.uptimeSeconds() < before.uptimeSeconds()) {
        return List.of(
            "the guest's clock went back from %.2f s to %.2f s at tick %d"
                .formatted(before.uptimeSeconds(), tick.uptimeSeconds(), tick.number()));
      }
    }
    return List.of();
  }
}
