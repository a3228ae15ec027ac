package org.nilmigration.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FaultKindTest {

  /** Scripts depend on these numbers. */
  @Test
  void exitCodesArePinned() {
    assertThat(Arrays.stream(FaultKind.values()).map(k -> k + " " + k.exitCode()))
        .containsExactly(
            "ERROR 1",
            "USAGE 64",
            "UNAVAILABLE 69",
            "TRY_AGAIN 75",
            "CONFIG 78",
            "NO_SUCH 105",
            "NO_QUORUM 106",
            "UNSAFE 107",
            "TIMEOUT 124");
  }
}
