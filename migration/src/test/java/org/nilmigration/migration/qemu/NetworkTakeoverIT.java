package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nilmigration.migration.qemu.BridgeFixture.echoes;
import static org.nilmigration.migration.qemu.BridgeFixture.guest;
import static org.nilmigration.migration.qemu.BridgeFixture.isUp;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.OutputMode;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.OutputGate.State;
import org.nilmigration.migration.hypervisor.StateBuffer;

/** A guest that goes on in another process, seen from the bridge that both are on. */
class NetworkTakeoverIT {
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

  /**
   * QEMU announces the guest at the end of loading, before the gate is held, but sends nothing for
   * a guest that does not run: the frame leaves when the guest runs, and nothing else does.
   */
  @Test
  void theAnnouncementLeavesAsTheGuestRunsAndItsOwnFramesDoNot() throws Exception {
    MappedFile image = fixture.image("image", guest("t0", OutputMode.COMMIT, ""));
    GuestProcess owner = fixture.start(guest("t0", OutputMode.COMMIT, ""), image, "a");
    owner.resume();
    bridge.awaitGuest();
    GuestProcess standby = fixture.standby(guest("t1", OutputMode.COMMIT, ""), image, "b");
    standby.prepareRestore();
    assertThat(isUp("t1")).isFalse();
    owner.output().hold();
    int lost = bridge.ping(5, 64);
    BridgeFixture.pause(50);
    owner.capture(state);
    owner.kill();
    assertThat(echoes(bridge.fromGuest())).doesNotContain(lost);

    standby.restore(state.segment(), state.length());
    assertThat(isUp("t1")).isTrue();
    assertThat(standby.output().state()).isEqualTo(State.HELD);
    assertThat(standby.runState()).isEqualTo("paused");
    assertThat(bridge.fromGuest(30)).isEmpty();
    standby.resume();
    assertThat(bridge.fromGuest(20)).extracting(Frame::type).containsExactly(Frame.RARP);

    int last = bridge.ping(5, 64);
    assertThat(bridge.fromGuest(1000)).isEmpty();
    standby.capture(state);
    standby.resume();
    standby.output().release();
    assertThat(echoes(bridge.fromGuest(300))).contains(last, last - 4).doesNotContain(lost);

    standby.output().open();
    standby.announce();
    assertThat(bridge.fromGuest(200)).extracting(Frame::type).contains(Frame.RARP);
    bridge.awaitGuest();
  }

  @Test
  void anAnnouncementIsHarmlessWithoutNic() {
    GuestProcess vm = fixture.start(fixture.firmware(List.of()), firmwareImage(), "a");
    vm.announce();
    assertThat(vm.transmitRings()).isEmpty();
  }

  private MappedFile firmwareImage() {
    return fixture.image("image", fixture.firmware(List.of()));
  }

  /** QEMU sends nothing for a guest that does not run, so a release in the pause is only queued. */
  @Test
  void whatIsReleasedInAPauseLeavesWhenTheGuestRuns() {
    GuestProcess vm =
        fixture.start(
            guest("t0", OutputMode.COMMIT, ""),
            fixture.image("image", guest("t0", OutputMode.COMMIT, "")),
            "a");
    vm.resume();
    bridge.awaitGuest();
    vm.output().hold();
    int last = bridge.ping(5, 64);
    BridgeFixture.pause(50);
    vm.capture(state);
    vm.output().release();
    assertThat(bridge.fromGuest(50)).isEmpty();
    vm.resume();

    assertThat(echoes(bridge.fromGuest(50))).contains(last - 4, last);
  }

  @Test
  void oneMoveAfterTheOtherNothingIsLostOrSentTwice() {
    MappedFile image = fixture.image("image", guest("t0", OutputMode.COMMIT, ""));
    GuestProcess vm = fixture.start(guest("t0", OutputMode.COMMIT, ""), image, "h0");
    vm.resume();
    bridge.awaitGuest();
    vm.output().hold();
    int first = bridge.ping(0, 64) + 1;
    List<Integer> seen = new ArrayList<>();
    for (int move = 1; move <= 4; move++) {
      GuestProcess next =
          fixture.standby(guest("t" + move, OutputMode.COMMIT, ""), image, "h" + move);
      next.prepareRestore();
      bridge.ping(10, 64);
      BridgeFixture.pause(100);
      vm.capture(state);
      vm.resume();
      vm.output().release();
      seen.addAll(echoes(bridge.fromGuest()));
      vm.capture(state);
      next.restore(state.segment(), state.length());
      vm.kill();
      next.resume();
      vm = next;
    }
    vm.output().open();
    int last = bridge.ping(10, 64);
    seen.addAll(echoes(bridge.fromGuest(300)));

    assertThat(seen).isEqualTo(IntStream.rangeClosed(first, last).boxed().toList());
  }
}
