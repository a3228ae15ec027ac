package org.nilmigration.chaos;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.checkpoint.region.FileInfo;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.FaultException;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.lab.HostApi;

/** Where a migration can be caught; those of the handoff by its words in the region. */
enum MovePhase {
  PENDING,
  DECOUPLE,
  ARMED,
  READY,
  LOADED,
  RELEASED,
  RUNNING,
  RECOUPLE;

  private static final long LOOK_NANOS = 20_000;

  private boolean isIn(HandoffArea area) {
    return switch (this) {
      case ARMED -> area.targetAcquire() != HandoffTarget.NONE;
      case READY -> area.sourceAcquire() != HandoffSource.NONE;
      case LOADED -> area.targetAcquire().compareTo(HandoffTarget.LOADED) >= 0;
      case RELEASED -> area.sourceAcquire().compareTo(HandoffSource.RELEASED) >= 0;
      case RUNNING -> area.targetAcquire() == HandoffTarget.RUNNING;
      case PENDING, DECOUPLE, RECOUPLE -> throw new IllegalStateException(this + " has no word");
    };
  }

  /** Names of the handoff areas of a guest. */
  static Set<String> areas(Region region, String guest) {
    Set<String> areas = new TreeSet<>();
    try (GuestRegion files = region.guest(guest).orElseThrow()) {
      files.files().stream()
          .map(FileInfo::name)
          .filter(name -> name.endsWith(".handoff"))
          .forEach(areas::add);
    }
    return areas;
  }

  /**
   * Waits until a move that was submitted is there, or has ended.
   *
   * @param before the areas before it was submitted
   * @return whether it was caught
   */
  boolean await(HostApi api, OperationDocument submitted, Region region, Set<String> before) {
    return switch (this) {
      case PENDING -> true;
      case DECOUPLE, RECOUPLE -> awaitPhase(api, submitted.id());
      default -> awaitWord(api, submitted, region, before);
    };
  }

  private boolean awaitWord(
      HostApi api, OperationDocument submitted, Region region, Set<String> before) {
    HandoffArea area = null;
    try (GuestRegion files = region.guest(submitted.vm()).orElseThrow()) {
      for (long looks = 1; ; looks++) {
        area = area == null ? open(region, files, submitted.vm(), before) : area;
        if (area != null && isIn(area)) {
          return true;
        }
        if (looks % 500 == 0 && api.operation(submitted.id()).ended()) {
          return false;
        }
        LockSupport.parkNanos(area == null ? 50 * LOOK_NANOS : LOOK_NANOS);
      }
    } finally {
      if (area != null) {
        area.close();
      }
    }
  }

  private boolean awaitPhase(HostApi api, String id) {
    OperationDocument now = api.operation(id);
    while (!now.ended() && !name().equals(now.phase())) {
      LockSupport.parkNanos(50 * LOOK_NANOS);
      now = api.operation(id);
    }
    return !now.ended();
  }

  private static HandoffArea open(
      Region region, GuestRegion files, String guest, Set<String> before) {
    for (String name : areas(region, guest)) {
      if (!before.contains(name) && files.handoffReady(name)) {
        try {
          return files.openHandoff(name);
        } catch (FaultException gone) {
          return null;
        }
      }
    }
    return null;
  }
}
