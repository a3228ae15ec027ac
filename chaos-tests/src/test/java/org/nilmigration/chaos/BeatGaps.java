package org.nilmigration.chaos;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.nilmigration.checkpoint.region.HostSlot;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.heartbeat.BeatLine;
import org.nilmigration.heartbeat.BeatLine.Beat;

/**
 * The largest time between two beats of each host, by the hosts' own stamps. A look that comes late
 * sees several beats at once; then all but one of them are taken to have come in time.
 */
final class BeatGaps implements AutoCloseable {
  private static final long LOOK_MILLIS = 2;

  private final Region region;
  private final Map<String, HostSlot> slots = new HashMap<>();
  private final Map<String, Long> largestNanos = new TreeMap<>();
  private final Thread thread = new Thread(this::watch, "beat-gaps");
  private volatile boolean enough;

  private BeatGaps(Lab lab) {
    this.region = Region.open(lab.region());
    for (LabHost host : lab.hosts()) {
      slots.put(host.name(), region.host(host.name()).orElseThrow());
    }
    thread.setDaemon(true);
  }

  static BeatGaps begin(Lab lab) {
    BeatGaps gaps = new BeatGaps(lab);
    gaps.thread.start();
    return gaps;
  }

  private void watch() {
    Map<String, Beat> last = new HashMap<>();
    try {
      while (!enough) {
        slots.forEach((host, slot) -> {
          Beat now = new BeatLine(slot.beatLine()).readAcquire();
          Beat before = last.put(host, now);
          if (before != null && now.counter() > before.counter()) {
            largestNanos.merge(host, gap(before, now), Math::max);
          }
        });
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long gap(Beat before, Beat now) {
    long beatsInTime = now.counter() - before.counter() - 1;
    return now.monotonicNanos() - before.monotonicNanos() - beatsInTime * now.intervalNanos();
  }

  /** Ends the watch. */
  Map<String, Duration> end() throws InterruptedException {
    enough = true;
    thread.join();
    Map<String, Duration> largest = new TreeMap<>();
    largestNanos.forEach((host, nanos) -> largest.put(host, Duration.ofNanos(nanos)));
    return largest;
  }

  @Override
  public void close() throws InterruptedException {
    end();
    slots.values().forEach(HostSlot::close);
    region.close();
  }
}
