package org.nilmigration.failover.decision;

import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.migration.hypervisor.GuestExit;

/** What this host has of a guest at the moment. */
public sealed interface LocalRole {

  /** Nothing. */
  record None() implements LocalRole {}

  /**
   * The guest was handed over from here; its last states are kept.
   *
   * @param shadow the state of the last commit is among them: the shadow image can go on from it
   */
  record Released(long generation, boolean shadow) implements LocalRole {}

  /**
   * The guest's process.
   *
   * @param pairing pairing being protected, -1 for none
   * @param synced the protector says that a takeover is possible
   * @param deposed the protector found the standby's taken word
   * @param protectorFault why the protector ended, null while it works
   * @param hung it ended because the guest's process does not answer
   * @param exit how the process ended, null while it lives
   * @param move of its memory that is under way or has ended and was not dealt with, else null
   */
  record Owner(
      long generation,
      long pairing,
      boolean synced,
      boolean deposed,
      String protectorFault,
      boolean hung,
      GuestExit exit,
      MemoryMove move)
      implements LocalRole {

    Owner(
        long generation,
        long pairing,
        boolean synced,
        boolean deposed,
        String protectorFault,
        GuestExit exit,
        MemoryMove move) {
      this(generation, pairing, synced, deposed, protectorFault, false, exit, move);
    }

    Owner(
        long generation,
        long pairing,
        boolean synced,
        boolean deposed,
        String protectorFault,
        GuestExit exit) {
      this(generation, pairing, synced, deposed, protectorFault, false, exit, null);
    }
  }

  /**
   * The guest's process, which is not worked with: an earlier run of the daemon left it, or this
   * one is about to.
   *
   * @param generation it ran under
   */
  record Left(long generation) implements LocalRole {}

  /**
   * The guest's memory on its way.
   *
   * @param tenths how many tenths of it were copied
   * @param ended whether it arrived or came to nothing
   */
  record MemoryMove(MemoryPlacement to, int tenths, boolean ended) {}

  /**
   * A replica.
   *
   * @param synced a takeover is possible
   * @param fault why the replica ended, null while it works
   */
  record Standby(long generation, long pairing, boolean synced, String fault)
      implements LocalRole {}
}
