package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.HostApi;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;
import org.nilmigration.heartbeat.RealTimeProcess;

/**
 * A machine without an idle processor is no reason for a takeover. Injects: full load of all
 * processors, at the priority of the hosts. Does not inject: anything that dies or stands still.
 */
class FullLoadChaos {
  private static final Duration LOAD =
      Duration.ofMinutes(Integer.getInteger("nil.chaos.minutes", 2));
  private static final Duration WARM = Duration.ofMinutes(2);
  private static final long LOOK_MILLIS = 250;
  private static final double PROTECTED_MIN = 0.99;

  @RegisterExtension private final Labs labs = new Labs();

  /** Looks at the guest until the time is over. */
  private static final class Watch {
    private final HostApi api;
    private final PlacementDocument first;
    private long unprotectedNanos;
    private long unprotectedMaxNanos;
    private double thresholdMax;

    Watch(LabHost owner) {
      this.api = owner.api();
      this.first = api.guest("g").placement();
    }

    void look(Duration time, BusyMachine busy, List<LabHost> hosts) throws InterruptedException {
      long began = System.nanoTime();
      long last = began;
      long unprotectedSince = began;
      while (last - began < time.toNanos()) {
        Thread.sleep(LOOK_MILLIS);
        assertThat(busy.isBusy()).isTrue();
        PlacementDocument now = api.guest("g").placement();
        long nanos = System.nanoTime();
        assertThat(now.owner()).isEqualTo(first.owner());
        if (now.synced() && now.standby() != null) {
          unprotectedSince = nanos;
        } else {
          unprotectedNanos += nanos - last;
          unprotectedMaxNanos = Math.max(unprotectedMaxNanos, nanos - unprotectedSince);
        }
        hosts.forEach(this::threshold);
        last = nanos;
      }
    }

    private void threshold(LabHost host) {
      String peer = host.name().equals("A") ? "B" : "A";
      String series = "nil_heartbeat_peer_threshold_seconds{peer=\"" + peer + "\"}";
      thresholdMax = Math.max(thresholdMax, host.api().metric(series).orElse(0));
    }
  }

  /** One that did, while the JVM waits for it to stop, would hold up the beats. */
  private static void noThreadWaitsForTheOthers(LabHost host) {
    Path tasks = Path.of("/proc", Long.toString(host.daemon().orElseThrow().pid()), "task");
    try (Stream<Path> threads = Files.list(tasks)) {
      assertThat(threads.filter(thread -> !isBackground(thread)).map(FullLoadChaos::policy))
          .containsAnyOf(1, 2)
          .isSubsetOf(1, 2);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What follows a log while nobody waits for it. */
  private static boolean isBackground(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).startsWith("apply-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SCHED_FIFO is 1, SCHED_RR is 2; field 41 of {@code /proc/PID/task/TID/stat}. */
  private static int policy(Path thread) {
    try {
      String stat = Files.readString(thread.resolve("stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[41 - 3]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void nobodyIsTakenOverForBeingBusy() throws Exception {
    System.out.println("nil.chaos.minutes=" + LOAD.toMinutes());
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    LabHost owner = story.ownerHost();
    long generation = owner.api().guest("g").placement().generation();
    Awaitility.await()
        .atMost(WARM)
        .untilAsserted(() -> lab.hosts().forEach(FullLoadChaos::noThreadWaitsForTheOthers));
    try (WritingClient client = WritingClient.begin(lab, owner);
        BusyMachine busy = BusyMachine.begin();
        BeatGaps gaps = BeatGaps.begin(lab)) {
      RealTimeProcess.raise(); // ZooKeeper, here, is not on the busy machine
      long began = System.nanoTime();
      Watch watch = new Watch(owner);
      watch.look(LOAD, busy, lab.hosts());
      System.out.printf(
          "full load for %d s: unprotected for %.3f s (at most %.3f s at once), largest gap between"
              + " beats %s, largest threshold %.3f s, client waited at most %s%n",
          LOAD.toSeconds(),
          watch.unprotectedNanos / 1e9,
          watch.unprotectedMaxNanos / 1e9,
          gaps.end(),
          watch.thresholdMax,
          client.silenceSince(began));
      story.goesOn();
      System.out.println("writes " + client.finish());
      assertThat(owner.api().guest("g").placement().generation()).isEqualTo(generation);
      assertThat(owner.api().history("g"))
          .extracting(HistoryDocument::kind)
          .doesNotContain("TAKEOVER", "SWITCHOVER", "FAULT", "COLD_START");
      assertThat(watch.unprotectedNanos).isLessThan((long) (LOAD.toNanos() * (1 - PROTECTED_MIN)));
    }
  }
}
