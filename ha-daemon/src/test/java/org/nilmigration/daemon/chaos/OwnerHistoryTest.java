package org.nilmigration.daemon.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nilmigration.daemon.api.HistoryDocument;

class OwnerHistoryTest {
  private static HistoryDocument record(String kind, String from, String to, long generation) {
    return new HistoryDocument(
        "rec", kind, "g", from, to, generation, 0, "", "a cause", Map.of(), Map.of());
  }

  private static List<String> judge(HistoryDocument... oldestFirst) {
    return OwnerHistory.faults(List.of(oldestFirst).reversed());
  }

  @Test
  void oneOwnerAfterTheOtherIsAsItShouldBe() {
    assertThat(
            judge(
                record("START", null, "A", 1),
                record("PAIRED", "A", "B", 1),
                record("TAKEOVER", "A", "B", 2),
                record("SWITCHOVER", "B", "A", 3)))
        .isEmpty();
  }

  @Test
  void aGenerationThatIsLeftOutOrUsedTwiceIsSeen() {
    assertThat(judge(record("START", null, "A", 1), record("TAKEOVER", "A", "B", 3)))
        .containsExactly("TAKEOVER has generation 3, expected 2");
    assertThat(
            judge(
                record("START", null, "A", 1),
                record("TAKEOVER", "A", "B", 2),
                record("TAKEOVER", "B", "A", 2)))
        .containsExactly("TAKEOVER has generation 2, expected 3");
  }

  @Test
  void anOwnerThatCameFromNowhereIsSeen() {
    assertThat(judge(record("START", null, "A", 1), record("SWITCHOVER", "C", "B", 2)))
        .containsExactly("SWITCHOVER of generation 2 is from host C, expected host A");
  }

  @Test
  void aNewLifeIsSeen() {
    assertThat(judge(record("START", null, "A", 1), record("COLD_START", "A", "A", 2)))
        .containsExactly("the guest was booted anew: a cause");
  }
}
