package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.migration.hypervisor.GuestExit;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.LeftGuest;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.qemu.QmpClient.Command;

/** Real QEMUs that outlive one hypervisor and are found by the next. */
class LeftQemuIT {
  private final QemuFixture fixture = new QemuFixture();
  private final GuestConfig config = fixture.firmware(List.of());
  private final MappedFile image = fixture.image("image", config);
  private final Path directory = fixture.root.resolve("a");

  @AfterEach
  void leaveNothingBehind() throws Exception {
    fixture.hypervisor.left(directory).ifPresent(LeftGuest::kill);
    fixture.close();
  }

  private GuestProcess running() {
    GuestProcess vm = fixture.start(config, image, "a");
    vm.resume();
    return vm;
  }

  private LeftGuest found() {
    return fixture.hypervisor.left(directory).orElseThrow();
  }

  private GuestProcess adopted() {
    return found().adopt(fixture.launch(config, image, "a", false));
  }

  @Test
  void aProcessThatWasLeftIsFoundAndWorkedWithAsBefore() {
    GuestProcess vm = running();
    vm.track().close();
    vm.leave();

    GuestProcess next = adopted();
    assertThat(next.pid()).isEqualTo(vm.pid());
    assertThat(next.runState()).isEqualTo("running");
    try (DirtyTracker tracker = next.track();
        StateBuffer state = new StateBuffer()) {
      next.capture(state);
      tracker.collect(new PageRuns());
      assertThat(state.length()).isPositive();
      next.resume();
    }
    next.leave();
    GuestProcess third = adopted();
    third.kill();
    assertThat(third.exit().join().cause()).isEqualTo(GuestExit.Cause.KILLED);
    assertThat(fixture.hypervisor.left(directory)).isEmpty();
  }

  @Test
  void aCaptureThatWasUnderWayIsEndedAndTheGuestRunsOn() {
    QemuGuest vm = (QemuGuest) running();
    vm.execute(new Command("stop"));
    vm.leave();
    GuestProcess next = adopted();
    assertThat(next.runState()).isEqualTo("paused");
    next.resume();
    assertThat(next.runState()).isEqualTo("running");
    next.close();
    assertThat(directory.resolve("qemu.pid")).doesNotExist();
    assertThat(directory.resolve("next.sock")).doesNotExist();
  }

  @Test
  void anotherMemoryIsRefusedAndTheProcessStaysAsItIs() {
    running().leave();
    MappedFile other = fixture.image("other", config);
    assertThatThrownBy(() -> found().adopt(fixture.launch(config, other, "a", false)))
        .isInstanceOf(FaultException.class);
    assertThat(adopted().runState()).isEqualTo("running");
  }

  @Test
  void aStrangerWithTheSameProcessIdIsNotFound() throws Exception {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("qemu.pid"), ProcessHandle.current().pid() + "\n");
    assertThat(fixture.hypervisor.left(directory)).isEmpty();
    Files.writeString(directory.resolve("qemu.pid"), "no number\n");
    assertThat(fixture.hypervisor.left(directory)).isEmpty();
  }

  @Test
  void whoeverLetsGuestsOutliveItKillsThemWhenItIsClosed() {
    GuestProcess vm;
    try (QemuHypervisor outlived =
        QemuHypervisor.outlived(new QemuConfig("qemu-system-x86_64", Accelerator.TCG))) {
      vm = outlived.start(fixture.launch(config, image, "a", false));
      vm.resume();
    }
    assertThat(vm.exit().join().cause()).isEqualTo(GuestExit.Cause.KILLED);
  }
}
