package org.nilmigration.migration.protect;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/**
 * What the recordings of JDK Flight Recorder show of a guest. Without a recording an event costs a
 * look at a flag.
 */
@Category("nil-migration")
@StackTrace(false)
abstract class GuestEvent extends Event {
  @Label("Guest")
  String guest;

  @Label("Epoch")
  long epoch;
}
