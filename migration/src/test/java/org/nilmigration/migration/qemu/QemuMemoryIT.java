package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.numa.NumaPolicy;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;

/** A running QEMU gets another file as the guest's memory, or keeps the one it has. */
class QemuMemoryIT {
  private final QemuFixture fixture = new QemuFixture();
  private MappedFile old;
  private MappedFile next;
  private GuestProcess vm;

  @BeforeEach
  void boot() {
    GuestConfig guest = QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS);
    old = fixture.image("old", guest);
    next = fixture.image("next", guest);
    vm = fixture.start(guest, old, "a");
    vm.resume();
    fixture.awaitTicks("a", 5);
  }

  @AfterEach
  void leaveNothingBehind() {
    fixture.close();
  }

  private void copyWhilePaused() {
    vm.pause();
    assertThat(vm.runState()).isEqualTo("paused");
    next.segment().copyFrom(old.segment());
  }

  private List<Integer> advice(Path image) {
    ProcessMaps maps = ProcessMaps.read(vm.pid());
    return ProcessMaps.adviceOn(vm.pid(), maps.rangeOf(image, old.size()).hostVirtualStart());
  }

  @Test
  void theGuestRunsOnInItsNewFileAndTheOldOneIsFree() throws IOException {
    List<Integer> advised = advice(old.path());
    assertThat(advised).contains(10, 14); // MADV_DONTFORK, MADV_HUGEPAGE
    copyWhilePaused();
    byte[] before = old.segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);

    vm.relocate(next.path());
    try (DirtyTracker tracker = vm.track()) {
      vm.resume();
      fixture.awaitTicks("a", 5);

      PageRuns written = new PageRuns();
      tracker.collect(written);
      assertThat(written.bytes()).isPositive();
    }
    assertThat(old.segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).isEqualTo(before);
    assertThat(advice(next.path())).isEqualTo(advised);
    assertThat(Files.readAllLines(Path.of("/proc", "" + vm.pid(), "maps")))
        .noneMatch(line -> line.contains(old.path().toString()))
        .anyMatch(line -> line.contains(next.path().toString()));
    assertThat(ProcessMaps.descriptorsOf(vm.pid(), old.path())).isEmpty();
    assertThat(ProcessMaps.descriptorsOf(vm.pid(), next.path())).isNotEmpty();
  }

  /** The other means: the file stays, and so does its policy, whoever maps it. */
  @Test
  void aPolicyOfTheFileIsQemusToo() throws IOException {
    NumaPolicy.bind(old, 0, old.size(), List.of(0));

    assertThat(Files.readAllLines(Path.of("/proc", "" + vm.pid(), "numa_maps")))
        .filteredOn(line -> line.contains(old.path().toString()))
        .isNotEmpty()
        .allMatch(line -> line.contains(" bind:0 "));
    fixture.awaitTicks("a", 3);
  }

  @Test
  void aRefusedOpenLeavesTheGuestAsItWas() {
    copyWhilePaused();
    Path gone = fixture.root.resolve("absent").resolve("image");

    assertThatThrownBy(() -> vm.relocate(gone)).isInstanceOf(FaultException.class);

    assertRunsOnTheOldFile();
  }

  @Test
  void aFileOfAnotherSizeIsRefused() throws IOException {
    Path small = Files.write(fixture.root.resolve("small"), new byte[4096]);
    vm.pause();

    assertThatThrownBy(() -> vm.relocate(small))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("found 4096 bytes, expected 134217728");

    assertRunsOnTheOldFile();
  }

  @Test
  void anotherDebuggerIsNamedAndTheGuestRunsOn() {
    copyWhilePaused();
    int worker = ProcessMaps.oldestWorker(vm.pid());
    try (NativeThread other = new NativeThread()) {
      TraceCalls calls = other.call(TraceCalls::new);
      other.call(() -> {
        calls.ptrace(TraceCalls.PTRACE_SEIZE, worker, 0);
        return null;
      });

      assertThatThrownBy(() -> vm.relocate(next.path()))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("no other debugger attached");
    }

    awaitNoTracer(worker);
    assertRunsOnTheOldFile();
  }

  /** The kernel detaches while the debugger's thread ends, which its joiner does not wait for. */
  private void awaitNoTracer(int thread) {
    Path status = Path.of("/proc/" + vm.pid() + "/task/" + thread + "/status");
    Awaitility.await()
        .atMost(QemuFixture.PATIENCE)
        .until(() -> Files.readString(status).contains("TracerPid:\t0\n"));
  }

  private void assertRunsOnTheOldFile() {
    assertThat(vm.exit()).isNotDone();
    vm.track().close();
    vm.resume();
    fixture.awaitTicks("a", 3);
    assertThat(advice(old.path())).isNotEmpty();
    assertThat(ProcessMaps.read(vm.pid()).mapsAnyOf(next.path())).isFalse();
  }
}
