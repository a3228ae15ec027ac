package org.nilmigration.failover.decision;

import java.util.HashMap;
import java.util.Map;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;

/**
 * What all hosts map: beats, images, logs and handoff areas, by name. It survives every host, but
 * what a host has not flushed dies with it. Words are flushed as they are published.
 */
final class SimRegion {
  /**
   * How far a guest has come.
   *
   * @param life tells one boot of the guest from another
   * @param count what it has done in that life
   */
  record State(long life, long count) {}

  /** Neither what was there before nor what was written: some lines of each. */
  private static final State TORN = new State(-1, -1);

  /** Bytes that one host writes and others read. */
  static class Bytes {
    State content;
    private State flushed;
    private String dirtyBy;

    final void write(String host, State next) {
      content = next;
      dirtyBy = host;
    }

    final void flush() {
      flushed = content;
      dirtyBy = null;
    }

    final void lost(String host, SimLuck luck) {
      if (host.equals(dirtyBy)) {
        content = luck.goesOn(2) ? flushed : TORN;
        dirtyBy = null;
      }
    }
  }

  /** A guest's memory. */
  static final class Image extends Bytes {
    SimVm writer;
  }

  /** An epoch log, of which the last epoch counts and the one that is being written. */
  static final class Log {
    private Bytes last = new Bytes();
    Bytes next = new Bytes();
    State committed;
    State applied;
    boolean taken;

    /** Publishes the commit word of the epoch that was written. */
    void commit() {
      committed = next.content;
      last = next;
      next = new Bytes();
    }

    /** The bytes that the commit word stands for. */
    State last() {
      SimChecks.restores(committed, last.content);
      return last.content;
    }
  }

  /** A handoff area. */
  static final class Area {
    HandoffSource source = HandoffSource.NONE;
    HandoffTarget target = HandoffTarget.NONE;
    State state;
    State committed;
    boolean written;

    /** The source takes its word back; see HandoffArea.revoke(). */
    boolean revoke() {
      source = HandoffSource.ABORTED;
      return target != HandoffTarget.RUNNING;
    }
  }

  /** A beat line. */
  static final class Beats {
    long incarnation;
    long counter;
    long leaseNanos;
  }

  private final Map<String, Beats> beats = new HashMap<>();
  private final Map<String, Image> images = new HashMap<>();
  private final Map<String, Log> logs = new HashMap<>();
  private final Map<String, Area> areas = new HashMap<>();

  Beats beats(String host) {
    return beats.computeIfAbsent(host, n -> new Beats());
  }

  Image image(String name) {
    return images.computeIfAbsent(name, n -> new Image());
  }

  /** A new file under that name, whatever was there. */
  Image createImage(String name) {
    images.put(name, new Image());
    return image(name);
  }

  Log log(String name) {
    return logs.computeIfAbsent(name, n -> new Log());
  }

  boolean hasLog(String name) {
    return logs.containsKey(name);
  }

  /** Removes what a placement does not name; whoever has it open is deposed by it. */
  void reclaimLogsBut(String name) {
    logs.entrySet()
        .removeIf(file -> {
          boolean goes = !file.getKey().equals(name);
          file.getValue().taken |= goes;
          return goes;
        });
  }

  Log createLog(String name) {
    logs.put(name, new Log());
    return log(name);
  }

  /** A log whose standby has that state already. */
  Log createLog(String name, String host, State start) {
    Log log = createLog(name);
    log.next.write(host, start);
    log.next.flush();
    log.commit();
    log.applied = log.committed;
    return log;
  }

  Area area(String name) {
    return areas.computeIfAbsent(name, n -> new Area());
  }

  /** A host lost its caches. */
  void hostDied(String host, SimLuck luck) {
    images.values().forEach(image -> image.lost(host, luck));
    logs.values()
        .forEach(log -> {
          log.last.lost(host, luck);
          log.next.lost(host, luck);
        });
  }
}
