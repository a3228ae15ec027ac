package org.nilmigration.chaos;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many of the scenarios of {@code nilctl chaos run}, in an order that nobody thought of. */
class ChaosScheduleChaos {
  private static final int ROUNDS = Integer.getInteger("nil.chaos.rounds", 30);
  private static final long SEED = Long.getLong("nil.chaos.seed", System.nanoTime());

  @RegisterExtension private final Labs labs = new Labs().keepingRegions();

  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void aGuestOutlivesWhatIsDrawn() {
    ChaosSchedule.play(labs, ROUNDS, SEED);
  }
}
