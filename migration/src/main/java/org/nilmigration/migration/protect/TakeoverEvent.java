package org.nilmigration.migration.protect;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

@Name("nil.Takeover")
@Label("Takeover")
@Description("From the taken word until the guest ran")
final class TakeoverEvent extends GuestEvent {
  @Label("Recover")
  @Description("Until everything committed was verified and applied")
  @Timespan
  long recover;

  @Label("Load")
  @Description("Until the device state was loaded")
  @Timespan
  long load;

  @Label("Run")
  @Description("Until the guest ran")
  @Timespan
  long run;

  /** The guest runs. */
  void record(String name, Takeover done) {
    end();
    if (!shouldCommit()) {
      return;
    }
    guest = name;
    epoch = done.epoch();
    recover = done.recoveredNanos() - done.takenNanos();
    load = done.restoredNanos() - done.recoveredNanos();
    run = done.runningNanos() - done.restoredNanos();
    commit();
  }
}
