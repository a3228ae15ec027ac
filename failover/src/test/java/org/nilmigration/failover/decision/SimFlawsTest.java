package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A world that breaks one rule is found out, by the property that the rule is for. */
class SimFlawsTest {
  private static final int ROUNDS_MAX = 2_000;

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "WRITES_ANY_VERSION, OWNER|MONOTONIC|WRITER|PREFIX",
    "SENDS_BEFORE_COMMIT, PREFIX",
    "LOOKS_BEFORE_COMMIT, PREFIX",
    "COMMITS_UNFLUSHED, MOMENT",
    "SYNCED_TOO_EARLY, PREFIX",
    "TAKES_OVER_SILENTLY, PREFIX",
    "FORGETS_LAST_COMMIT, PREFIX",
    "BOOTS_BESIDE_OLD_LOGS, PREFIX",
    "ARRIVES_TALKING, OWNER",
    "RESUMES_WITHOUT_WORD, WRITER",
    "HANDS_OVER_UNFLUSHED, MOMENT",
    "ADOPTS_TALKING, PREFIX"
  })
  void aBrokenWorldIsFoundOut(SimFlaw flaw, String properties) {
    for (long seed = 0; seed < ROUNDS_MAX; seed++) {
      try {
        SimWorld unused = SimStorm.of(seed, 3, flaw);
      } catch (AssertionError found) {
        assertThat(found.getMessage()).containsPattern(": (" + properties + "):");
        return;
      }
    }
    fail("%s was not found out in %d storms", flaw, ROUNDS_MAX);
  }
}
