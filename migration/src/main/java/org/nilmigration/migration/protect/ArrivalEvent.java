package org.nilmigration.migration.protect;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

@Name("nil.Arrival")
@Label("Arrival")
@Description(
    "At the target of a planned move: from the first piece of the state until the guest ran")
final class ArrivalEvent extends GuestEvent {
  @Label("Stop to Loaded")
  @Description("From the source's request to stop until the device state was loaded")
  @Timespan
  long stopToLoaded;

  @Label("Run")
  @Description("Until the source let go and the guest ran")
  @Timespan
  long run;

  /** The guest runs. */
  void record(String name, HandedOver arrived) {
    end();
    if (!shouldCommit()) {
      return;
    }
    guest = name;
    epoch = arrived.epoch();
    stopToLoaded = arrived.loadedNanos() - arrived.stopNanos();
    run = arrived.runningNanos() - arrived.loadedNanos();
    commit();
  }
}
