package org.nilmigration.failover.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MemoryPlacement;

class PlacementCodecTest {
  private static final Placement PAIRED =
      Placement.starting("a", 10, 3, "live.img").pairedWith("b", 20, "shadow.img", "epochs.log");
  private static final Placement MOVING =
      PAIRED.withSynced().withHandoff(new Handoff("c", 30, "area"));
  private static final String JSON =
      """
      {"owner":"a","ownerIncarnation":10,"standby":"b","standbyIncarnation":20,"generation":3,\
      "pairing":1,"state":"RUNNING","liveImage":"live.img","memory":"CXL",\
      "shadowImage":"shadow.img","log":"epochs.log","synced":false,"handoff":null,"note":null}\
      """;

  @Test
  void isTheDocumentedJson() {
    assertThat(new String(PlacementCodec.encode(PAIRED), UTF_8)).isEqualTo(JSON);
    assertThat(PlacementCodec.decode(JSON.getBytes(UTF_8), "znode")).isEqualTo(PAIRED);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "\"note\":null | \"note\":null,\"zone\":1 | zone",
        ",\"note\":null | '' | note",
        "\"generation\":3 | \"generation\":0 | generation 0 is below 1",
        "\"generation\":3 | \"generation\":\"x\" | x",
        "\"generation\":3 | \"generation\":null | generation",
        "\"standby\":\"b\" | \"standby\":null | set together",
        "\"standby\":\"b\" | \"standby\":\"a\" | both a",
        "\"state\":\"RUNNING\" | \"state\":\"DANCING\" | state",
        "\"memory\":\"CXL\" | \"memory\":\"DISK\" | memory",
        "\"memory\":\"CXL\" | \"memory\":null | memory",
        "\"state\":\"RUNNING\" | \"state\":\"HANDOFF\" | HANDOFF has a handoff",
        "\"handoff\":null | \"handoff\":{\"to\":\"c\"} | toIncarnation",
        "\"handoff\":null | \"handoff\":{\"to\":\"c\",\"toIncarnation\":3,\"area\":\"x\"} | HANDOFF",
        "\"owner\":\"a\" | \"owner\":null | owner",
        "{ | [ | JSON",
      })
  void refusesWhatIsNotAPlacement(String correct, String wrong, String says) {
    byte[] json = JSON.replace(correct, wrong).getBytes(UTF_8);
    assertThatThrownBy(() -> PlacementCodec.decode(json, "znode /vms/web/placement"))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("znode /vms/web/placement")
        .hasMessageContaining(says);
  }

  @Test
  void aHandoffIsPartOfIt() {
    byte[] json = PlacementCodec.encode(MOVING);
    assertThat(new String(json, UTF_8))
        .contains("\"handoff\":{\"to\":\"c\",\"toIncarnation\":30,\"area\":\"area\"}");
    assertThat(PlacementCodec.decode(json, "znode")).isEqualTo(MOVING);
  }

  @Test
  void aTakeoverReignsOnTheShadowInTheRegion() {
    for (Placement before : List.of(PAIRED.withSynced(), MOVING)) {
      Placement next = before.takenOver();
      assertThat(next.ownedBy("b", 20)).isTrue();
      assertThat(next.generation()).isEqualTo(4);
      assertThat(next.state()).isEqualTo(PlacementState.RUNNING);
      assertThat(next.liveImage()).isEqualTo("shadow.img");
      assertThat(next.memory()).isEqualTo(MemoryPlacement.CXL);
      assertUnprotected(next);
    }
  }

  @Test
  void aMoveToAnotherHostLeavesStandbyAndShadowAsTheyAre() {
    Placement next = MOVING.handedOver("next.log");
    assertThat(next.ownedBy("c", 30)).isTrue();
    assertThat(next.standbyIs("b", 20)).isTrue();
    assertSameImagesAndNextLog(next);
  }

  @Test
  void aMoveToTheStandbySwapsTheRolesButNotTheImages() {
    Placement next =
        PAIRED.withSynced().withHandoff(new Handoff("b", 20, "area")).handedOver("next.log");
    assertThat(next.ownedBy("b", 20)).isTrue();
    assertThat(next.standbyIs("a", 10)).isTrue();
    assertSameImagesAndNextLog(next);
  }

  private static void assertSameImagesAndNextLog(Placement next) {
    assertThat(next.generation()).isEqualTo(4);
    assertThat(next.pairing()).isEqualTo(2);
    assertThat(next.state()).isEqualTo(PlacementState.RUNNING);
    assertThat(next.handoff()).isNull();
    assertThat(next.liveImage()).isEqualTo("live.img");
    assertThat(next.shadowImage()).isEqualTo("shadow.img");
    assertThat(next.log()).isEqualTo("next.log");
    assertThat(next.isProtected()).isTrue();
  }

  @Test
  void anUnprotectedMoveNamesNoStandby() {
    Placement next = MOVING.handedOver();
    assertThat(next.ownedBy("c", 30)).isTrue();
    assertThat(next.generation()).isEqualTo(4);
    assertThat(next.liveImage()).isEqualTo("live.img");
    assertUnprotected(next);
  }

  @Test
  void whatIsTakenBackIsTheNextGeneration() {
    Placement next = MOVING.takenBack("shadow.img");
    assertThat(next.ownedBy("a", 10)).isTrue();
    assertThat(next.generation()).isEqualTo(4);
    assertThat(next.liveImage()).isEqualTo("shadow.img");
    assertUnprotected(next);
  }

  private static void assertUnprotected(Placement p) {
    assertThat(p.standby()).isNull();
    assertThat(p.log()).isNull();
    assertThat(p.handoff()).isNull();
    assertThat(p.isProtected()).isFalse();
  }

  @Test
  void withoutStandbyAChangeOfOwnerIsOff() {
    assertThat(MOVING.withoutStandby("gone").state()).isEqualTo(PlacementState.RUNNING);
    assertUnprotected(MOVING.withoutStandby("gone"));
    assertThat(MOVING.withState(PlacementState.RUNNING, null).handoff()).isNull();
  }

  @Test
  void noHostMovesAGuestToItself() {
    assertThatThrownBy(() -> PAIRED.withHandoff(new Handoff("a", 10, "area")))
        .hasMessageContaining("to itself");
  }
}
