package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every interleaving of {@link CommitTakeModel}; and that it finds each rule that is broken. */
class CommitTakeModelTest {
  @Test
  void noInterleavingLosesWhatWasReleased() throws CommitTakeModel.Violation {
    int states = new CommitTakeModel(CommitTakeModel.Broken.NOTHING).explore();
    System.out.println("commit/take model: " + states + " states");
    assertThat(states).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
  void eachRuleIsNeeded(CommitTakeModel.Broken rule) {
    assertThatThrownBy(() -> new CommitTakeModel(rule).explore())
        .isInstanceOf(CommitTakeModel.Violation.class);
  }
}
