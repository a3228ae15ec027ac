package org.nilmigration.daemon.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.nilmigration.daemon.api.HistoryDocument;

/** Judges from a guest's history whether it had one owner after the other. Pure. */
final class OwnerHistory {
  private static final Set<String> NEW_OWNER = Set.of("START", "TAKEOVER", "SWITCHOVER");

  private OwnerHistory() {}

  /**
   * One sentence for each thing that did not hold.
   *
   * @param newestFirst all records of the guest
   */
  static List<String> faults(List<HistoryDocument> newestFirst) {
    List<String> faults = new ArrayList<>();
    long generation = 0;
    String owner = null;
    for (HistoryDocument record : newestFirst.reversed()) {
      if (record.kind().equals("COLD_START")) {
        faults.add("the guest was booted anew: " + record.cause());
      }
      if (!NEW_OWNER.contains(record.kind())) {
        continue;
      }
      boolean first = owner == null;
      if (!first && record.generation() != generation + 1) {
        faults.add(
            "%s has generation %d, expected %d"
                .formatted(record.kind(), record.generation(), generation + 1));
      }
      if (!first && !owner.equals(record.from())) {
        faults.add(
            "%s of generation %d is from host %s, expected host %s"
                .formatted(record.kind(), record.generation(), record.from(), owner));
      }
      generation = record.generation();
      owner = record.to();
    }
    return faults;
  }
}
