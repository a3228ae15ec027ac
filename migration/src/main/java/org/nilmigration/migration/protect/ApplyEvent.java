package org.nilmigration.migration.protect;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** One instance for all epochs of a replica. */
@Name("nil.Apply")
@Label("Apply")
@Description(
    "The look at the log that brought the standby's image to another epoch. Most of it was read"
        + " and verified in looks before")
final class ApplyEvent extends GuestEvent {
  @Label("Epochs")
  @Description("Applied by this look")
  long epochs;

  /** After a look that is begun; the image went from one epoch to another, or stayed. */
  void record(long from, long to) {
    if (from == to) {
      return;
    }
    end();
    if (shouldCommit()) {
      epoch = to;
      epochs = to - from;
      commit();
    }
  }
}
