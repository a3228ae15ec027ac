package org.nilmigration.daemon.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.RoleDocument;

/**
 * Watches from outside which epochs an owner says are committed, so that a takeover can be judged
 * without trusting what the new owner says about it. One thread.
 */
public final class CommitWatch {
  private static final int EPOCHS = 4;
  private static final Duration WITHIN = Duration.ofMinutes(1);

  private record Look(long askedNanos, long epoch) {}

  private final List<Look> looks = new ArrayList<>();

  /** Looks at the owner again and again until it has committed a few epochs more. */
  public void watch(LabHost owner, String guest) {
    long deadline = System.nanoTime() + WITHIN.toNanos();
    do {
      long asked = System.nanoTime();
      if (asked - deadline > 0) {
        throw new FaultException(
            FaultKind.TIMEOUT,
            "guest %s on host %s: waited %d s for %d epochs to be committed, saw %s"
                .formatted(guest, owner.name(), WITHIN.toSeconds(), EPOCHS, looks.size()));
      }
      owner.requireAlive();
      RoleDocument role = owner.api().guest(guest).here();
      if (role != null) {
        saw(asked, role.epoch());
      }
    } while (looks.isEmpty() || looks.getLast().epoch() < looks.getFirst().epoch() + EPOCHS);
  }

  void saw(long askedNanos, long epoch) {
    looks.add(new Look(askedNanos, epoch));
  }

  /**
   * How old, at most, a committed epoch is at a time: it was not yet committed when the last look
   * that showed an earlier epoch was asked for.
   */
  public Duration ageAtMost(long epoch, long nowNanos) {
    for (Look look : looks.reversed()) {
      if (look.epoch() < epoch) {
        return Duration.ofNanos(Math.max(0, nowNanos - look.askedNanos()));
      }
    }
    throw new FaultException(
        FaultKind.ERROR,
        "epoch %d is older than all that was seen (%d to %d): the takeover lost committed epochs"
            .formatted(epoch, looks.getFirst().epoch(), looks.getLast().epoch()));
  }

  /** A sentence when the epoch that a takeover went on from is older than one seen committed. */
  public List<String> lost(long recoveredEpoch) {
    long committed = looks.stream().mapToLong(Look::epoch).max().orElse(0);
    return recoveredEpoch >= committed
        ? List.of()
        : List.of(
            "the takeover went on from epoch %d, but epoch %d was committed before: found %d committed epochs lost, expected none"
                .formatted(recoveredEpoch, committed, committed - recoveredEpoch));
  }
}
