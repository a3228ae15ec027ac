package org.nilmigration.failover.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.config.FaultException;

class PlacementCodecTest {
  private static final Placement PAIRED =
      Placement.starting("a", 10, 3, "live.img").pairedWith("b", 20, "shadow.img", "epochs.log");
  private static final String JSON =
      """
      {"owner":"a","ownerIncarnation":10,"standby":"b","standbyIncarnation":20,"generation":3,\
      "pairing":1,"state":"RUNNING","liveImage":"live.img","shadowImage":"shadow.img",\
      "log":"epochs.log","synced":false,"note":null}\
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
  void generationGrowsAtEachChangeOfOwner() {
    assertThat(PAIRED.withSynced().takenOver())
        .isEqualTo(
            new Placement(
                "b",
                20,
                null,
                0,
                4,
                1,
                PlacementState.RUNNING,
                "shadow.img",
                null,
                null,
                false,
                null));
    assertThat(PAIRED.withSynced().handedOver("next.log"))
        .isEqualTo(
            new Placement(
                "b",
                20,
                "a",
                10,
                4,
                2,
                PlacementState.RUNNING,
                "shadow.img",
                "live.img",
                "next.log",
                true,
                null));
  }

  @Test
  void withoutStandbyAChangeOfOwnerIsOff() {
    Placement handoff = PAIRED.withSynced().withState(PlacementState.HANDOFF, null);
    assertThat(handoff.withoutStandby("gone").state()).isEqualTo(PlacementState.RUNNING);
    assertThat(handoff.withoutStandby("gone").isProtected()).isFalse();
  }
}
