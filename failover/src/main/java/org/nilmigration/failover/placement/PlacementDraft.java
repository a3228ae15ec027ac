package org.nilmigration.failover.placement;

import org.nilmigration.config.MemoryPlacement;

/** A placement in the making: what a transition does not name stays as it was. */
final class PlacementDraft {
  String owner;
  long ownerIncarnation;
  String standby;
  long standbyIncarnation;
  long generation;
  long pairing;
  PlacementState state;
  String liveImage;
  MemoryPlacement memory;
  String shadowImage;
  String log;
  boolean synced;
  Handoff handoff;
  String note;

  PlacementDraft() {}

  PlacementDraft(Placement p) {
    owner = p.owner();
    ownerIncarnation = p.ownerIncarnation();
    standby = p.standby();
    standbyIncarnation = p.standbyIncarnation();
    generation = p.generation();
    pairing = p.pairing();
    state = p.state();
    liveImage = p.liveImage();
    memory = p.memory();
    shadowImage = p.shadowImage();
    log = p.log();
    synced = p.synced();
    handoff = p.handoff();
    note = p.note();
  }

  /** A change of owner: the fencing token grows. */
  void reign(String host, long incarnation) {
    owner = host;
    ownerIncarnation = incarnation;
    generation++;
  }

  /** What a new owner goes on from is in the region. */
  void onImage(String image) {
    liveImage = image;
    memory = MemoryPlacement.CXL;
  }

  Placement done() {
    return new Placement(
        owner,
        ownerIncarnation,
        standby,
        standbyIncarnation,
        generation,
        pairing,
        state,
        liveImage,
        memory,
        shadowImage,
        log,
        synced,
        handoff,
        note);
  }
}
