package org.nilmigration.failover.placement;

import java.util.Objects;
import org.nilmigration.config.MemoryPlacement;

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
 * @param memory where that file is
 * @param shadowImage file name of the standby's copy, null when there is none
 * @param log file name of the epoch log, null when there is none
 * @param synced the shadow has equalled a committed epoch since this pairing began
 * @param handoff the planned move under way, null unless the state is HANDOFF
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
    MemoryPlacement memory,
    String shadowImage,
    String log,
    boolean synced,
    Handoff handoff,
    String note) {

  public Placement {
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(liveImage, "liveImage");
    Objects.requireNonNull(memory, "memory");
    require(generation >= 1, "generation " + generation + " is below 1");
    require(pairing >= 0, "pairing " + pairing + " is below 0");
    boolean paired = standby != null;
    require(
        paired == (log != null) && paired == (shadowImage != null),
        "standby, shadowImage and log are set together or not at all");
    require(paired || !synced, "synced without a standby");
    require(paired || standbyIncarnation == 0, "standbyIncarnation without a standby");
    require(!owner.equals(standby), "owner and standby are both " + owner);
    require(paired || state != PlacementState.FAILOVER, "FAILOVER without a standby");
    require(
        (state == PlacementState.HANDOFF) == (handoff != null),
        "HANDOFF has a handoff, no other state has");
    require(
        handoff == null || !handoff.to().equals(owner), "a handoff from " + owner + " to itself");
  }

  /** The first placement of a start: unprotected, STARTING. */
  public static Placement starting(
      String owner, long ownerIncarnation, long generation, String liveImage) {
    PlacementDraft first = new PlacementDraft();
    first.owner = owner;
    first.ownerIncarnation = ownerIncarnation;
    first.generation = generation;
    first.state = PlacementState.STARTING;
    first.liveImage = liveImage;
    first.memory = MemoryPlacement.CXL;
    return first.done();
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

  /** Whether the planned move under way ends at that run of a host. */
  public boolean handsTo(String host, long incarnation) {
    return handoff != null && handoff.to(host, incarnation);
  }

  /** The next state; a planned move under way is off with it. */
  public Placement withState(PlacementState next, String nextNote) {
    PlacementDraft draft = new PlacementDraft(this);
    draft.state = next;
    draft.handoff = null;
    draft.note = nextNote;
    return draft.done();
  }

  /** The intent of a planned move; the words in its area decide from here on. */
  public Placement withHandoff(Handoff intent) {
    PlacementDraft draft = new PlacementDraft(this);
    draft.state = PlacementState.HANDOFF;
    draft.handoff = intent;
    draft.note = null;
    return draft.done();
  }

  /** The live image, of the same name and content, is elsewhere now. */
  public Placement withMemory(MemoryPlacement next) {
    PlacementDraft draft = new PlacementDraft(this);
    draft.memory = next;
    return draft.done();
  }

  public Placement withSynced() {
    PlacementDraft draft = new PlacementDraft(this);
    draft.synced = true;
    return draft.done();
  }

  /** Unprotected from here on; a planned or requested change of owner is off with it. */
  public Placement withoutStandby(String nextNote) {
    boolean changing = state == PlacementState.HANDOFF || state == PlacementState.FAILOVER;
    PlacementDraft draft = alone(changing ? PlacementState.RUNNING : state);
    draft.note = nextNote;
    return draft.done();
  }

  /** Nobody runs the guest: STOPPED or FAILED, with no standby. */
  public Placement ended(PlacementState next, String nextNote) {
    require(!next.live(), next + " is not an end");
    PlacementDraft draft = alone(next);
    draft.note = nextNote;
    return draft.done();
  }

  /** The next pairing with {@code host}: new shadow, new log, not synced. */
  public Placement pairedWith(
      String host, long incarnation, String nextShadowImage, String nextLog) {
    PlacementDraft draft = new PlacementDraft(this);
    draft.standby = host;
    draft.standbyIncarnation = incarnation;
    draft.pairing++;
    draft.state = PlacementState.RUNNING;
    draft.shadowImage = nextShadowImage;
    draft.log = nextLog;
    draft.synced = false;
    draft.handoff = null;
    draft.note = null;
    return draft.done();
  }

  /** The standby reigns: next generation on the shadow image, unprotected. */
  public Placement takenOver() {
    require(standby != null, "nobody to take over");
    PlacementDraft draft = alone(PlacementState.RUNNING);
    draft.reign(standby, standbyIncarnation);
    draft.onImage(shadowImage);
    return draft.done();
  }

  /**
   * Owner and standby are gone: a host goes on from the shadow, on a copy of it, next generation,
   * unprotected.
   */
  public Placement revived(String host, long incarnation, String image) {
    require(isProtected(), "nothing to go on from");
    PlacementDraft draft = alone(PlacementState.RUNNING);
    draft.reign(host, incarnation);
    draft.onImage(image);
    return draft.done();
  }

  /**
   * The owner resumes what it handed over, since its target is gone: next generation, unprotected.
   *
   * @param image the live image where the target wrote nothing to it, else the shadow
   */
  public Placement takenBack(String image) {
    PlacementDraft draft = alone(PlacementState.RUNNING);
    draft.reign(owner, ownerIncarnation);
    draft.onImage(image);
    return draft.done();
  }

  /** Outcome of a planned move: the target reigns on the same live image, unprotected. */
  public Placement handedOver() {
    require(handoff != null, "no handoff to end");
    PlacementDraft draft = alone(PlacementState.RUNNING);
    draft.reign(handoff.to(), handoff.toIncarnation());
    draft.onImage(liveImage);
    return draft.done();
  }

  /**
   * Outcome of a planned move of a protected guest: the target reigns on the same live image and
   * the shadow stays as it is. Its keeper is the standby as before, or the old owner where the
   * target was the standby.
   */
  public Placement handedOver(String nextLog) {
    require(isProtected() && handoff != null, "no protected handoff to end");
    boolean swap = handoff.to(standby, standbyIncarnation);
    PlacementDraft draft = new PlacementDraft(this);
    draft.state = PlacementState.RUNNING;
    draft.handoff = null;
    draft.note = null;
    draft.reign(handoff.to(), handoff.toIncarnation());
    draft.standby = swap ? owner : standby;
    draft.standbyIncarnation = swap ? ownerIncarnation : standbyIncarnation;
    draft.pairing++;
    draft.log = nextLog;
    return draft.done();
  }

  /**
   * The owner's daemon was restarted and goes on with the guest that ran meanwhile: next
   * generation, same live image, unprotected.
   */
  public Placement adopted(long incarnation) {
    PlacementDraft draft = alone(PlacementState.RUNNING);
    draft.reign(owner, incarnation);
    return draft.done();
  }

  /** As {@link #adopted(long)}; the standby goes on with its shadow on the next log. */
  public Placement adopted(long incarnation, String nextLog) {
    require(isProtected(), "no protected guest to adopt");
    PlacementDraft draft = new PlacementDraft(this);
    draft.state = PlacementState.RUNNING;
    draft.handoff = null;
    draft.note = null;
    draft.reign(owner, incarnation);
    draft.pairing++;
    draft.log = nextLog;
    return draft.done();
  }

  private PlacementDraft alone(PlacementState next) {
    PlacementDraft draft = new PlacementDraft(this);
    draft.state = next;
    draft.standby = null;
    draft.standbyIncarnation = 0;
    draft.shadowImage = null;
    draft.log = null;
    draft.synced = false;
    draft.handoff = null;
    draft.note = null;
    return draft;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
