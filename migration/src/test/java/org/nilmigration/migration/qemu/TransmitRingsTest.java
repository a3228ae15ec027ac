package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.checkpoint.dirty.TrackedRange;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.TransmitRing;
import org.nilmigration.migration.qemu.QmpClient.Command;

/** QEMU's answers as 7.2 gives them. */
class TransmitRingsTest {
  private static final String QUEUE =
      "{\"signalled-used\": 23, \"inuse\": 0, \"name\": \"virtio-net\", \"vring-align\": 4096,"
          + " \"vring-desc\": 91414528, \"vring-avail\": 91418624, \"queue-index\": 1,"
          + " \"vring-used\": 91419200, \"vring-num\": 256}";
  private static final String NOT_READY = "{\"vring-avail\": 0, \"vring-num\": 256}";
  private static final long BASE = 0x7f0a00000000L;
  private static final String MAPPED =
      "\"Host virtual address for 0x572f000 (nil-ram) is 0x7f0a0572f000\\r\\n\"";

  private final Deque<String> answers = new ArrayDeque<>();
  private final List<List<Command>> asked = new ArrayList<>();
  private final TransmitRings rings = rings(1);

  private TransmitRings rings(int nics) {
    return new TransmitRings(
        "g",
        TransmitRings.devices(MachineType.Q35, nics),
        commands -> {
          asked.add(List.of(commands));
          return Arrays.stream(commands).map(this::answer).toList();
        },
        () -> new TrackedRange(BASE, 128 << 20));
  }

  private QmpReply answer(Command command) {
    String answer = answers.remove();
    if (answer.equals("gone")) {
      throw new QmpClosedException("gone", null);
    }
    if (answer.startsWith("error ")) {
      return new QmpReply(command.name(), null, "CommandNotFound", answer.substring(6));
    }
    JsonElement value = JsonParser.parseString(answer);
    return new QmpReply(command.name(), value, null, null);
  }

  @Test
  void findsTheIndexOfTheTransmitRingInTheImage() {
    answers.addAll(List.of(QUEUE, MAPPED));

    assertThat(rings.find()).containsExactly(new TransmitRing(91418624 + 2));
    assertThat(asked.get(0).getFirst().arguments().toString())
        .isEqualTo("{\"path\":\"/machine/peripheral/nil-nic0/virtio-backend\",\"queue\":1}");
    assertThat(asked.get(1).getFirst().arguments().toString())
        .isEqualTo("{\"command-line\":\"gpa2hva 0x572f000\"}");
  }

  @Test
  void aMicrovmsDeviceIsTheVirtioDeviceItself() {
    assertThat(TransmitRings.devices(MachineType.MICROVM, 2))
        .containsExactly("/machine/peripheral/nil-nic0", "/machine/peripheral/nil-nic1");
  }

  @Test
  void aDriverThatIsNotReadyHasNoRing() {
    answers.add(NOT_READY);
    assertThat(rings.find()).isEmpty();
    assertThat(asked).hasSize(1);
  }

  @Test
  void onlyDriversThatAreReadyCount() {
    answers.addAll(List.of(NOT_READY, QUEUE, MAPPED));
    assertThat(rings(2).find()).hasSize(1);
  }

  @Test
  void aGuestWithoutNicsAsksNothing() {
    assertThat(rings(0).find()).isEmpty();
    assertThat(asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"No memory is mapped at address 0x572f000\\r\\n\"",
        "\"Memory at address 0x572f000 is not RAM\\r\\n\"",
        "\"\"",
        "{}",
        "\"Host virtual address for 0x1 (pc.bios) is 0x7f0900000000\"",
        "\"Host virtual address for 0x1 (nil-ram) is 0x7f0a08000000\"",
        "\"Host virtual address for 0x1 (nil-ram) is 0x7f0a07fffffc\"",
        "\"Host virtual address for 0x1 (nil-ram) is 0x7f0a00000001\"",
        "\"Host virtual address for 0x1 (nil-ram) is 0xfffffffffffffffff\"",
        "error unknown command",
      })
  void nonsenseIsNoHint(String mapping) {
    answers.addAll(List.of(QUEUE, mapping));
    assertThat(rings.find()).isEmpty();

    answers.addAll(List.of(QUEUE, MAPPED));
    assertThat(rings.find()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"error no such command", "{}", "7", "{\"vring-avail\": \"x\"}"})
  void aQueueThatIsNotDescribedIsNoHint(String queue) {
    answers.add(queue);
    assertThat(rings.find()).isEmpty();
  }

  @Test
  void aMonitorThatIsGoneIsNotTakenForNonsense() {
    answers.add("gone");
    assertThatThrownBy(rings::find).isInstanceOf(QmpClosedException.class);
  }
}
