package org.nilmigration.heartbeat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the beat lines of other hosts. Owns the thread {@code watch-beats}, which looks at every
 * watched line once per beat interval; its methods may be called from any thread.
 */
public final class BeatWatcher implements AutoCloseable {
  static final int PRIORITY = BeatWriter.PRIORITY - 1;

  private static final Logger log = LoggerFactory.getLogger(BeatWatcher.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
  private static final RegionVerdict NOT_WATCHED =
      new RegionVerdict(Liveness.UNKNOWN, 0, 0, 0, 0, "not watched");

  /** Told on the watching thread, so it only enqueues. */
  @FunctionalInterface
  public interface Listener {
    /**
     * The liveness of a host changed. One that was under way may still arrive after {@link
     * BeatWatcher#unwatch}.
     *
     * @param nowNanos when the look was taken
     */
    void changed(String host, RegionVerdict verdict, long nowNanos);
  }

  private final Map<String, WatchedLine> lines = new ConcurrentHashMap<>();
  private final long lookIntervalNanos;
  private final Listener listener;
  private final Thread thread;
  private volatile boolean closed;

  private BeatWatcher(long lookIntervalNanos, Listener listener) {
    this.lookIntervalNanos = lookIntervalNanos;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name("watch-beats").daemon(true).unstarted(this::run);
  }

  /**
   * @param interval between two beats, and between two looks
   */
  public static BeatWatcher start(Duration interval, Listener listener) {
    BeatWatcher watcher = new BeatWatcher(interval.toNanos(), listener);
    watcher.thread.start();
    return watcher;
  }

  /**
   * Watches a host's incarnation from now on, in place of what was watched of that host before.
   * Starts as UNKNOWN.
   */
  public void watch(String host, BeatLine line, long incarnation, Duration suspectAfter) {
    WatchedLine watched =
        new WatchedLine(host, line, new BeatDetector(incarnation, suspectAfter.toNanos()));
    WatchedLine before = lines.put(host, watched);
    if (before != null) {
      before.release();
    }
  }

  /** When this returns, the host's line is not read any more and may be unmapped. */
  public void unwatch(String host) {
    WatchedLine before = lines.remove(host);
    if (before != null) {
      before.release();
    }
  }

  /** The verdict of the latest look; UNKNOWN for a host that is not watched. */
  public RegionVerdict verdict(String host) {
    WatchedLine watched = lines.get(host);
    return watched == null ? NOT_WATCHED : watched.verdict();
  }

  private void run() {
    RealTimeThreads.raise(PRIORITY);
    while (!closed) {
      for (WatchedLine watched : lines.values()) {
        look(watched);
      }
      LockSupport.parkNanos(this, lookIntervalNanos);
    }
  }

  private void look(WatchedLine watched) {
    long nowNanos = System.nanoTime();
    try {
      if (watched.look(nowNanos)) {
        listener.changed(watched.host(), watched.verdict(), nowNanos);
      }
    } catch (RuntimeException e) {
      log.error("host={} listener of beat verdicts failed", watched.host(), e);
    }
  }

  /** Stops watching; no line is read after this returns. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    Joins.join(thread, CLOSE_TIMEOUT);
    lines.values().forEach(WatchedLine::release);
    lines.clear();
  }
}
