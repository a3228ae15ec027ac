package org.nilmigration.migration.protect;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

@Name("nil.Handoff")
@Label("Handoff")
@Description("At the source of a planned move: from the request to stop until it let go")
final class HandoffEvent extends GuestEvent {
  @Label("State Bytes")
  @DataAmount
  long stateBytes;

  @Label("Stop and State")
  @Description("Until the guest stood still and its device state was complete")
  @Timespan
  long stopAndState;

  @Label("Wait for the Target")
  @Description("Until the target had loaded the rest of the state")
  @Timespan
  long wait;

  /** The guest is let go of. */
  void record(HandoffResult result) {
    end();
    if (!shouldCommit()) {
      return;
    }
    epoch = result.epoch();
    stateBytes = result.state().length();
    stopAndState = result.capturedNanos() - result.stopNanos();
    wait = result.loadedNanos() - result.capturedNanos();
    commit();
  }
}
