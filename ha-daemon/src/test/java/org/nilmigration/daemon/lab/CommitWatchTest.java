package org.nilmigration.daemon.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;

class CommitWatchTest {
  private final CommitWatch watch = new CommitWatch();

  CommitWatchTest() {
    watch.saw(100, 7);
    watch.saw(200, 7);
    watch.saw(300, 8);
    watch.saw(400, 8);
  }

  @Test
  void anEpochIsYoungerThanTheLastLookThatDidNotShowIt() {
    assertThat(watch.ageAtMost(8, 500)).isEqualTo(Duration.ofNanos(300));
    assertThat(watch.ageAtMost(9, 500)).isEqualTo(Duration.ofNanos(100));
  }

  @Test
  void anEpochBeforeAllThatWasSeenCannotBeJudged() {
    assertThatThrownBy(() -> watch.ageAtMost(7, 500))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("epoch 7");
  }

  @Test
  void aTakeoverThatGoesBackBehindACommittedEpochIsFound() {
    assertThat(watch.lost(8)).isEmpty();
    assertThat(watch.lost(9)).isEmpty();
    assertThat(watch.lost(6)).singleElement().asString().contains("found 2 committed epochs lost");
  }
}
