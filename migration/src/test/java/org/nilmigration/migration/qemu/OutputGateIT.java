package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nilmigration.migration.qemu.BridgeFixture.echoes;
import static org.nilmigration.migration.qemu.BridgeFixture.guest;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.OutputGate.State;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.qemu.QmpClient.Command;

/** What a real guest sends, judged on the bridge: echo replies with the numbers of requests. */
class OutputGateIT {
  private final QemuFixture fixture = new QemuFixture();
  private final StateBuffer state = new StateBuffer();
  private BridgeFixture bridge;

  @BeforeEach
  void makeBridge() throws Exception {
    bridge = new BridgeFixture();
  }

  @AfterEach
  void leaveNothingBehind() throws Exception {
    state.close();
    fixture.close();
    if (bridge != null) {
      bridge.close();
    }
  }

  @Test
  void heldFramesLeaveWithTheCommitOfTheirEpochAndNotBefore() {
    GuestProcess vm = running();
    assertThat(vm.output().state()).isEqualTo(State.OPEN);
    epoch(vm);
    bridge.awaitGuest();

    vm.output().hold();
    assertThat(vm.output().state()).isEqualTo(State.HELD);
    int first = bridge.ping(20, 200);
    assertThat(bridge.fromGuest(300)).isEmpty();
    vm.capture(state);
    vm.resume();
    bridge.ping(20, 200);
    assertThat(bridge.fromGuest(300)).isEmpty();
    vm.output().release();
    assertThat(echoes(bridge.fromGuest(300))).isEqualTo(numbers(first - 19, first));

    epoch(vm);
    vm.output().release();
    assertThat(echoes(bridge.fromGuest(300))).isEqualTo(numbers(first + 1, first + 20));

    int last = bridge.ping(3, 200);
    assertThat(bridge.fromGuest(200)).isEmpty();
    vm.output().open();
    assertThat(vm.output().state()).isEqualTo(State.OPEN);
    assertThat(echoes(bridge.fromGuest(200))).isEqualTo(numbers(last - 2, last));
    bridge.awaitGuest();
  }

  @Test
  void outputThatLeavesAtOnceIsNeverHeld() {
    GuestProcess vm = fixture.start(guest("t0", OutputMode.IMMEDIATE, ""), image("image"), "a");
    vm.resume();
    bridge.awaitGuest();
    vm.output().hold();

    assertThat(vm.output().state()).isEqualTo(State.OPEN);
    bridge.awaitGuest();
  }

  @Test
  void aBufferThatQemuRefusesFailsTheCaptureAndNothingLeaves() {
    GuestProcess vm = running();
    vm.output().hold();
    int last = bridge.ping(5, 64);
    BridgeFixture.pause(200);
    occupy(vm, "nil-hold2");

    assertThatThrownBy(() -> vm.capture(state))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("'object-add'")
        .hasMessageContaining("nil-hold2");
    assertHeld(vm);
    free(vm, "nil-hold2");
    epoch(vm);
    vm.output().release();
    assertThat(echoes(bridge.fromGuest(300)))
        .startsWith(numbers(last - 4, last).toArray(Integer[]::new));
  }

  @Test
  void aCaptureThatFailsReleasesNothingAndTheNextOneDoes() throws Exception {
    GuestProcess vm = running();
    vm.output().hold();
    epoch(vm);
    Path socket = fixture.root.resolve("a/state.sock");
    Path away = fixture.root.resolve("a/away.sock");
    for (int i = 0; i < 3; i++) {
      bridge.ping(2, 64);
      BridgeFixture.pause(100);
      Files.move(socket, away);
      assertThatThrownBy(() -> vm.capture(state)).isInstanceOf(FaultException.class);
      Files.move(away, socket);
      assertHeld(vm);
    }

    int last = bridge.ping(1, 64);
    BridgeFixture.pause(100);
    epoch(vm);
    vm.output().release();
    assertThat(echoes(bridge.fromGuest(300))).contains(last).isSorted();
  }

  @Test
  void aStateThatCannotBeLoadedLeavesAGuestThatNeverRuns() {
    GuestProcess standby = fixture.standby(guest("t1", OutputMode.COMMIT, ""), image("s"), "b");
    assertThat(standby.output().state()).isEqualTo(State.HELD);
    state.room(4096).put(new byte[4096]);

    assertThatThrownBy(() -> standby.restore(state.segment(), state.length()))
        .isInstanceOf(FaultException.class);
    assertThat(standby.output().state()).isEqualTo(State.HELD);
    assertThatThrownBy(standby::resume)
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("its restore is not complete");
  }

  @Test
  void aGateThatCannotBeClosedAfterARestoreLeavesAGuestThatNeverRuns() {
    MappedFile image = image("image");
    GuestProcess owner = fixture.start(guest("t0", OutputMode.COMMIT, ""), image, "a");
    owner.resume();
    bridge.awaitGuest();
    GuestProcess standby = fixture.standby(guest("t1", OutputMode.COMMIT, ""), image, "b");
    occupy(standby, "nil-hold1");
    owner.capture(state);
    owner.kill();
    bridge.fromGuest();

    assertThatThrownBy(() -> standby.restore(state.segment(), state.length()))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("nil-hold1");
    assertThat(standby.output().state()).isEqualTo(State.HELD);
    assertThatThrownBy(standby::resume).hasMessageContaining("its restore is not complete");
    assertThat(bridge.fromGuest(300)).isEmpty();
  }

  @Test
  void theRingsIndexCountsTheFramesThatTheGuestSends() {
    GuestConfig guest = guest("t0", OutputMode.COMMIT, "");
    MappedFile image = image("image");
    GuestProcess vm = fixture.start(guest, image, "a");
    assertThat(vm.transmitRings()).isEmpty();
    vm.resume();
    bridge.awaitGuest();
    Sends sends = new Sends(vm, image);
    vm.output().hold();
    int before = sends.count();
    bridge.ping(7, 64);
    sends.await(before, 7);

    assertThat(sends.count() - before).isBetween(7, 9);
    assertThat(bridge.fromGuest(100)).isEmpty();
  }

  /** Nothing leaves, neither by a release that nobody may ask for nor by time. */
  private void assertHeld(GuestProcess vm) {
    assertThat(vm.output().state()).isEqualTo(State.HELD);
    vm.resume();
    vm.output().release();
    assertThat(bridge.fromGuest(100)).isEmpty();
    assertThat(vm.output().state()).isEqualTo(State.HELD);
  }

  private GuestProcess running() {
    GuestProcess vm = fixture.start(guest("t0", OutputMode.COMMIT, ""), image("image"), "a");
    vm.resume();
    bridge.awaitGuest();
    return vm;
  }

  private void epoch(GuestProcess vm) {
    vm.capture(state);
    vm.resume();
  }

  private MappedFile image(String name) {
    return fixture.image(name, guest("t0", OutputMode.COMMIT, ""));
  }

  private static List<Integer> numbers(int first, int last) {
    return IntStream.rangeClosed(first, last).boxed().toList();
  }

  /** An object of QEMU's that has the name which the gate will want. */
  private static void occupy(GuestProcess vm, String id) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("qom-type", "iothread");
    arguments.addProperty("id", id);
    ((QemuGuest) vm).execute(new Command("object-add", arguments));
  }

  private static void free(GuestProcess vm, String id) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("id", id);
    ((QemuGuest) vm).execute(new Command("object-del", arguments));
  }
}
