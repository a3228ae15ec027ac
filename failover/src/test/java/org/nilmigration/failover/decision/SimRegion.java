package org.nilmigration.failover.decision;

import java.util.HashMap;
import java.util.Map;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;

/** What all hosts map: images, logs and handoff areas, by name. It survives every host. */
final class SimRegion {
  /**
   * How far a guest has come.
   *
   * @param life tells one boot of the guest from another
   * @param count what it has done in that life
   */
  record State(long life, long count) {}

  /** A guest's memory. */
  static final class Image {
    State content;
    SimVm writer;
  }

  /** An epoch log. */
  static final class Log {
    State committed;
    State applied;
    boolean taken;
  }

  /** A handoff area. */
  static final class Area {
    HandoffSource source = HandoffSource.NONE;
    HandoffTarget target = HandoffTarget.NONE;
    State state;
    boolean written;

    /** The source takes its word back; see HandoffArea.revoke(). */
    boolean revoke() {
      source = HandoffSource.ABORTED;
      return target != HandoffTarget.RUNNING;
    }
  }

  private final Map<String, Image> images = new HashMap<>();
  private final Map<String, Log> logs = new HashMap<>();
  private final Map<String, Area> areas = new HashMap<>();

  Image image(String name) {
    return images.computeIfAbsent(name, n -> new Image());
  }

  Log log(String name) {
    return logs.computeIfAbsent(name, n -> new Log());
  }

  /** Who boots the guest removes what is left of earlier reigns; stale owners are deposed by it. */
  void reclaimLogs() {
    logs.values().forEach(log -> log.taken = true);
  }

  Area area(String name) {
    return areas.computeIfAbsent(name, n -> new Area());
  }
}
