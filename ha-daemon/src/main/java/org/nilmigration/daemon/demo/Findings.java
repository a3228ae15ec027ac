package org.nilmigration.daemon.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.lab.RedisWriter;

/** Collects what the demo sees, in the order in which it sees it. One thread. */
final class Findings {
  private final long beganNanos = System.nanoTime();
  private final String machine;
  private final String accelerator;
  private final List<DemoReport.Event> timeline = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private DemoReport.Handoff handoff = new DemoReport.Handoff(null, null);
  private DemoReport.Takeover takeover = new DemoReport.Takeover(null, null, null, null);
  private DemoReport.Pause pause = new DemoReport.Pause(null, null, null);
  private DemoReport.Guest guest = new DemoReport.Guest(null, null, null, null, null);
  private DemoReport.Rejoin rejoin = new DemoReport.Rejoin(null);
  private DemoReport.Client client;
  private Double silenceInMove;
  private Double silenceInCrash;
  private Long epochs;

  Findings(String machine, String accelerator) {
    this.machine = machine;
    this.accelerator = accelerator;
  }

  /** Adds a line to the timeline, at the time of now. */
  void event(String what) {
    event(System.nanoTime(), what);
  }

  /**
   * Adds a line to the timeline.
   *
   * @param nanos CLOCK_MONOTONIC
   */
  void event(long nanos, String what) {
    timeline.add(new DemoReport.Event(millis(nanos - beganNanos), what));
  }

  void fault(String sentence) {
    faults.add(sentence);
  }

  void faults(List<String> sentences) {
    faults.addAll(sentences);
  }

  void handoff(HistoryDocument switchover, OperationDocument operation, double totalMillis) {
    Double blackout = switchover.timingsMillis().get("blackout");
    if (blackout == null) {
      throw missing(switchover, "timing 'blackout'");
    }
    handoff = new DemoReport.Handoff(blackout, totalMillis);
    event(
        String.format(Locale.ROOT, "guest runs on %s, blackout %.1f ms", operation.to(), blackout));
  }

  void pauses(RoleDocument owner) {
    pause =
        new DemoReport.Pause(owner.pauseP50Millis(), owner.pauseP99Millis(), owner.pauseCount());
  }

  /**
   * Notes the takeover's stamps.
   *
   * @param killNanos CLOCK_MONOTONIC just before the SIGKILL
   * @param commitAge of the epoch that the guest went on from, at the SIGKILL, at most
   */
  void takeover(HistoryDocument record, long killNanos, Duration commitAge) {
    long suspected = stamp(record, "suspectedNanos");
    long running = stamp(record, "runningNanos");
    takeover =
        new DemoReport.Takeover(
            millis(suspected - killNanos),
            millis(running - suspected),
            millis(commitAge.toNanos()),
            takeover.repeatedTicks());
    event(suspected, "host " + record.to() + " suspects host " + record.from());
    event(running, "guest runs on " + record.to() + " again");
    if (suspected < killNanos) {
      fault(
          String.format(
              Locale.ROOT,
              "host %s was suspected %.1f ms before it was killed, expected no suspicion of a"
                  + " living host",
              record.from(),
              millis(killNanos - suspected)));
    }
  }

  void repeatedTicks(long ticks) {
    takeover =
        new DemoReport.Takeover(
            takeover.detectionMillis(),
            takeover.resumeMillis(),
            takeover.lastCommitAgeMillisMax(),
            ticks);
  }

  void guest(DemoReport.Guest seen) {
    guest = seen;
  }

  /** Notes how long the client waited around the planned move; null without a client. */
  void silenceInMove(Double millis) {
    silenceInMove = millis;
  }

  /** Notes how long the client waited around the crash; null without a client. */
  void silenceInCrash(Double millis) {
    silenceInCrash = millis;
  }

  void client(RedisWriter.Verdict seen) {
    faults(seen.faults());
    client =
        new DemoReport.Client(
            seen.acknowledged(),
            seen.lost(),
            seen.appliedTwice(),
            seen.sameConnection(),
            silenceInMove,
            silenceInCrash);
  }

  void epochs(long lastEpoch) {
    epochs = lastEpoch;
  }

  void rejoined(double syncedMillis) {
    rejoin = new DemoReport.Rejoin(syncedMillis);
  }

  DemoReport report() {
    List<String> all = new ArrayList<>(faults);
    if (guest.memoryErrors() != null && guest.memoryErrors() > 0) {
      all.add(
          "the guest's memory test found %d errors in %d tests, expected none"
              .formatted(guest.memoryErrors(), guest.memoryTestsPassed() + guest.memoryErrors()));
    }
    List<DemoReport.Event> sorted = new ArrayList<>(timeline);
    sorted.sort(Comparator.comparingDouble(DemoReport.Event::atMillis));
    return new DemoReport(
        all.isEmpty(),
        all,
        machine,
        accelerator,
        handoff,
        takeover,
        new DemoReport.Epochs(epochs, pause),
        guest,
        client,
        rejoin,
        sorted);
  }

  static double millis(long nanos) {
    return nanos / 1e6;
  }

  private static long stamp(HistoryDocument record, String key) {
    Map<String, String> evidence = record.evidence();
    String text = evidence == null ? null : evidence.get(key);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw missing(record, "nanosecond stamp '" + key + "'");
    }
  }

  private static FaultException missing(HistoryDocument record, String what) {
    return new FaultException(
        FaultKind.ERROR,
        "history record %s (%s): found no %s, expected one; evidence %s, timings %s"
            .formatted(
                record.id(), record.kind(), what, record.evidence(), record.timingsMillis()));
  }
}
