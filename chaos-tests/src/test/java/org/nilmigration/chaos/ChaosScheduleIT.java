package org.nilmigration.chaos;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A few scenarios of {@code nilctl chaos run}, always the same ones. */
class ChaosScheduleIT {
  @RegisterExtension private final Labs labs = new Labs().keepingRegions();

  @Test
  void aGuestOutlivesWhatIsDrawn() {
    ChaosSchedule.play(labs, 5, 3);
  }
}
