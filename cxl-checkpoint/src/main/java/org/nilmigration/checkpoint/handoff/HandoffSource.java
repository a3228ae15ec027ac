package org.nilmigration.checkpoint.handoff;

/** How far the source of a planned handoff is. Anything but RELEASED: the source owns the guest. */
public enum HandoffSource {
  /** The guest runs at the source, or its state is on the way. */
  NONE(0),
  /** Guest paused, its state complete. */
  READY(1),
  /** The point of no return: the guest never runs at the source again, unless it is taken back. */
  RELEASED(2),
  /** The guest runs on at the source. */
  ABORTED(3);

  private final int word;

  HandoffSource(int word) {
    this.word = word;
  }

  int word() {
    return word;
  }

  /** The constant of a word in the region, or null for one that no release wrote. */
  static HandoffSource of(long word) {
    for (HandoffSource s : values()) {
      if (s.word == word) {
        return s;
      }
    }
    return null;
  }
}
