package org.nilmigration.failover.placement;

import java.util.Objects;

/**
 * Who runs a guest, who would take over, and on which files: the authority of the cluster, one
 * znode per guest. Immutable; changes go through {@link PlacementStore}.
 *
 * @param owner host that runs the guest (or ran it last, when stopped or failed)
 * @param ownerIncarnation the run of that host's daemon which owns; another incarnation of the same
 *     host does not have the guest
 * @param standby host that applies the log, null = unprotected
 * @param standbyIncarnation incarnation of the standby, 0 when there is none
 * @param generation fencing token: grows by one at each change of owner
 * @param pairing counts the pairings of this guest, names log and shadow image
 * @param state what is agreed
 * @param liveImage file name of the memory the guest runs on
 * @param shadowImage file name of the standby's copy, null when there is none
 * @param log file name of the epoch log, null when there is none
 * @param synced the shadow has equalled a committed epoch since this pairing began
 * @param note one sentence for people, null when all is well
 */
public record Placement(
    String owner,
    long ownerIncarnation,
    String standby,
    long standbyIncarnation,
    long generation,
    long pairing,
    PlacementState state,
    String liveImage,
    String shadowImage,
    String log,
    boolean synced,
    String note) {

  public Placement {
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(liveImage, "liveImage");
    require(generation >= 1, "generation " + generation + " is below 1");
    require(pairing >= 0, "pairing " + pairing + " is below 0");
    boolean paired = standby != null;
    require(
        paired == (log != null) && paired == (shadowImage != null),
        "standby, shadowImage and log are set together or not at all");
    require(paired || !synced, "synced without a standby");
    require(paired || standbyIncarnation == 0, "standbyIncarnation without a standby");
    require(!owner.equals(standby), "owner and standby are both " + owner);
    require(
        paired || (state != PlacementState.HANDOFF && state != PlacementState.FAILOVER),
        state + " without a standby");
  }

  /** The first placement of a start: unprotected, STARTING. */
  public static Placement starting(
      String owner, long ownerIncarnation, long generation, String liveImage) {
    return new Placement(
        owner,
        ownerIncarnation,
        null,
        0,
        generation,
        0,
        PlacementState.STARTING,
        liveImage,
        null,
        null,
        false,
        null);
  }

  public boolean ownedBy(String host, long incarnation) {
    return owner.equals(host) && ownerIncarnation == incarnation;
  }

  public boolean standbyIs(String host, long incarnation) {
    return host.equals(standby) && standbyIncarnation == incarnation;
  }

  /** Whether the host runs the guest or stands by for it. */
  public boolean uses(String host) {
    return state.live() && (owner.equals(host) || host.equals(standby));
  }

  public boolean isProtected() {
    return standby != null && synced;
  }

  public Placement withState(PlacementState next, String nextNote) {
    return new Placement(
        owner,
        ownerIncarnation,
        standby,
        standbyIncarnation,
        generation,
        pairing,
        next,
        liveImage,
        shadowImage,
        log,
        synced,
        nextNote);
  }

  public Placement withSynced() {
    return new Placement(
        owner,
        ownerIncarnation,
        standby,
        standbyIncarnation,
        generation,
        pairing,
        state,
        liveImage,
        shadowImage,
        log,
        true,
        note);
  }

  /** Unprotected from here on; a planned or requested change of owner is off with it. */
  public Placement withoutStandby(String nextNote) {
    PlacementState next =
        state == PlacementState.HANDOFF || state == PlacementState.FAILOVER
            ? PlacementState.RUNNING
            : state;
    return alone(next, nextNote);
  }

  /** Nobody runs the guest: STOPPED or FAILED, with no standby. */
  public Placement ended(PlacementState next, String nextNote) {
    require(!next.live(), next + " is not an end");
    return alone(next, nextNote);
  }

  private Placement alone(PlacementState next, String nextNote) {
    return new Placement(
        owner,
        ownerIncarnation,
        null,
        0,
        generation,
        pairing,
        next,
        liveImage,
        null,
        null,
        false,
        nextNote);
  }

  /** The next pairing with {@code host}: new shadow, new log, not synced. */
  public Placement pairedWith(
      String host, long incarnation, String nextShadowImage, String nextLog) {
    return new Placement(
        owner,
        ownerIncarnation,
        host,
        incarnation,
        generation,
        pairing + 1,
        PlacementState.RUNNING,
        liveImage,
        nextShadowImage,
        nextLog,
        false,
        null);
  }

  /** The standby reigns: next generation on the shadow image, unprotected. */
  public Placement takenOver() {
    require(standby != null, "nobody to take over");
    return new Placement(
        standby,
        standbyIncarnation,
        null,
        0,
        generation + 1,
        pairing,
        PlacementState.RUNNING,
        shadowImage,
        null,
        null,
        false,
        null);
  }

  /** Outcome of a planned handoff: roles and images swapped, next generation, a new log. */
  public Placement handedOver(String nextLog) {
    require(standby != null, "nobody to hand over to");
    return new Placement(
        /* owner= */ standby,
        /* ownerIncarnation= */ standbyIncarnation,
        /* standby= */ owner,
        /* standbyIncarnation= */ ownerIncarnation,
        generation + 1,
        pairing + 1,
        PlacementState.RUNNING,
        /* liveImage= */ shadowImage,
        /* shadowImage= */ liveImage,
        nextLog,
        true,
        null);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
