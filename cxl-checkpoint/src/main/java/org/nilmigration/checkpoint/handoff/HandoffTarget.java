package org.nilmigration.checkpoint.handoff;

/** How far the target of a planned handoff is. Before RUNNING it has written no guest memory. */
public enum HandoffTarget {
  /** Getting ready. */
  NONE(0),
  /** Polls fast, writes are tracked, the process waits for a state. */
  ARMED(1),
  /** The state is in; the guest is paused here, too. */
  LOADED(2),
  /** Could not load it; the source runs on. */
  FAILED(3),
  /** The source let go; the guest runs here from the next instruction on. */
  RUNNING(4);

  private final int word;

  HandoffTarget(int word) {
    this.word = word;
  }

  int word() {
    return word;
  }

  /** The constant of a word in the region, or null for one that no release wrote. */
  static HandoffTarget of(long word) {
    for (HandoffTarget t : values()) {
      if (t.word == word) {
        return t;
      }
    }
    return null;
  }
}
