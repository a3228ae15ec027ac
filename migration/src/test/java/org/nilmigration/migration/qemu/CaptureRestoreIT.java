package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.dirty.PopulatedRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.qemu.QemuFixture.Tick;

/** The whole mechanism on real QEMU: epochs of state and pages, and a guest that continues. */
class CaptureRestoreIT {
  private final QemuFixture fixture = new QemuFixture();
  private final StateBuffer state = new StateBuffer();
  private final PageRuns runs = new PageRuns();

  @AfterEach
  void leaveNothingBehind() {
    state.close();
    fixture.close();
  }

  @ParameterizedTest
  @EnumSource(MachineType.class)
  void aGuestContinuesInAnotherProcessFromItsLastEpoch(MachineType machine) {
    GuestConfig guest = QemuFixture.linux(machine, 128, 2, QemuFixture.TICKS + " nil.dirty=4");
    MappedFile live = fixture.image("live", guest);
    MappedFile shadow = fixture.image("shadow", guest);
    GuestProcess owner = fixture.start(guest, live, "a");
    DirtyTracker tracker = owner.track();
    owner.resume();
    GuestProcess standby = fixture.standby(guest, shadow, "b");
    standby.prepareRestore();
    fixture.awaitTicks("a", 5);

    PopulatedRuns.of(live, runs);
    QemuFixture.copy(runs, live, shadow);
    for (int epoch = 0; epoch < 30; epoch++) {
      runEpoch(owner, tracker, live, shadow);
      assertThat(QemuFixture.difference(live, shadow)).as("epoch %d", epoch).isEqualTo(-1);
      if (epoch < 29) {
        owner.resume();
      }
    }
    Tick last = fixture.ticks("a").getLast();
    owner.kill();
    standby.restore(state.segment(), state.length());
    assertThat(standby.runState()).isEqualTo("paused");
    assertThat(fixture.ticks("b")).isEmpty();
    standby.resume();
    fixture.awaitTicks("b", 20);

    List<Tick> continued = fixture.ticks("b");
    assertThat(continued).allMatch(tick -> tick.bootId().equals(last.bootId()));
    assertThat(continued.getFirst().number()).isBetween(last.number(), last.number() + 2);
    assertThat(continued).isSortedAccordingTo((x, y) -> Long.compare(x.number(), y.number()));
    tracker.close();
  }

  @Test
  void theTargetOfOneMoveIsTheSourceOfTheNext() {
    GuestConfig guest = QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS);
    MappedFile image = fixture.image("image", guest);
    GuestProcess vm = fixture.start(guest, image, "h0");
    vm.resume();
    fixture.awaitTicks("h0", 3);
    String bootId = fixture.ticks("h0").getFirst().bootId();

    for (int move = 1; move <= 4; move++) {
      GuestProcess next = fixture.standby(guest, image, "h" + move);
      next.prepareRestore();
      vm.capture(state);
      next.restore(state.segment(), state.length());
      vm.kill();
      next.resume();
      fixture.awaitTicks("h" + move, 3);
      assertThat(fixture.ticks("h" + move)).allMatch(tick -> tick.bootId().equals(bootId));
      vm = next;
    }
  }

  @Test
  void manyCapturesLeaveNeitherDescriptorsNorThreadsBehind() {
    GuestConfig guest = QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS);
    MappedFile live = fixture.image("live", guest);
    GuestProcess vm = fixture.start(guest, live, "a");
    DirtyTracker tracker = vm.track();
    vm.resume();
    fixture.awaitTicks("a", 3);
    for (int i = 0; i < 50; i++) {
      runEpoch(vm, tracker, live, null);
      vm.resume();
    }
    String qemu = "/proc/" + vm.pid();
    long qemuDescriptors = QemuFixture.entries(qemu + "/fd");
    long descriptors = QemuFixture.entries("/proc/self/fd");
    for (int i = 0; i < 500; i++) {
      runEpoch(vm, tracker, live, null);
      vm.resume();
    }

    assertThat(QemuFixture.entries(qemu + "/fd")).isLessThanOrEqualTo(qemuDescriptors);
    assertThat(QemuFixture.entries(qemu + "/task")).isLessThan(20);
    assertThat(QemuFixture.entries("/proc/self/fd")).isLessThanOrEqualTo(descriptors + 1);
    fixture.awaitTicks("a", 3);
    tracker.close();
  }

  @Test
  void aGuestThatRebootsStaysTrackedAndRestorable() {
    GuestConfig guest = QemuFixture.linux(MachineType.Q35, 128, 1, QemuFixture.TICKS);
    MappedFile live = fixture.image("live", guest);
    MappedFile shadow = fixture.image("shadow", guest);
    GuestProcess owner = fixture.start(guest, live, "a");
    DirtyTracker tracker = owner.track();
    owner.resume();
    fixture.awaitTicks("a", 3);
    String firstBoot = fixture.ticks("a").getFirst().bootId();
    runEpoch(owner, tracker, live, shadow);
    owner.resume();

    ((QemuGuest) owner).execute(new QmpClient.Command("system_reset"));
    runEpoch(owner, tracker, live, shadow);
    assertThat(QemuFixture.difference(live, shadow)).as("within the reset").isEqualTo(-1);
    owner.resume();
    fixture.awaitTicks("a", 3);
    runEpoch(owner, tracker, live, shadow);
    assertThat(QemuFixture.difference(live, shadow)).as("after the reboot").isEqualTo(-1);
    owner.kill();
    GuestProcess standby = fixture.standby(guest, shadow, "b");
    standby.restore(state.segment(), state.length());
    standby.resume();
    fixture.awaitTicks("b", 3);

    String secondBoot = fixture.ticks("a").getLast().bootId();
    assertThat(secondBoot).isNotEqualTo(firstBoot);
    assertThat(fixture.ticks("b")).allMatch(tick -> tick.bootId().equals(secondBoot));
    tracker.close();
  }

  @Test
  void aForeignStateIsRefusedWithQemusOwnWords() {
    GuestConfig guest = QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS);
    GuestProcess standby = fixture.standby(guest, fixture.image("shadow", guest), "b");
    state.room(4096).put(new byte[4096]);

    assertThatThrownBy(() -> standby.restore(state.segment(), state.length()))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("guest 'g'")
        .hasMessageContaining("load of migration failed");
  }

  @Test
  void aStateIsTakenOnce() {
    GuestConfig guest = QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS);
    MappedFile image = fixture.image("image", guest);
    GuestProcess owner = fixture.start(guest, image, "a");
    owner.capture(state);
    GuestProcess standby = fixture.standby(guest, image, "b");
    standby.restore(state.segment(), state.length());

    assertThatThrownBy(() -> standby.restore(state.segment(), state.length()))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("given one before");
    assertThatThrownBy(owner::prepareRestore)
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("migrate-incoming");
  }

  /** One epoch; the shadow, when there is one, equals the paused guest's memory afterwards. */
  private void runEpoch(GuestProcess vm, DirtyTracker tracker, MappedFile live, MappedFile shadow) {
    vm.capture(state);
    assertThat(state.length()).isGreaterThan(10_000);
    runs.clear();
    tracker.collect(runs);
    if (shadow != null) {
      QemuFixture.copy(runs, live, shadow);
    }
  }
}
