package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;

/** System calls inside a running QEMU leave no trace in it, whatever it is doing. */
class RemoteSyscallsIT {
  private final QemuFixture fixture = new QemuFixture();
  private final NativeThread thread = new NativeThread();
  private final RemoteSyscalls remote = thread.call(RemoteSyscalls::new);

  @AfterEach
  void leaveNothingBehind() {
    thread.close();
    fixture.close();
  }

  @Test
  void aThousandInjectionsAndTheJvmStillTakesTheProcessForAlive() {
    GuestProcess vm = firmwareGuest();
    vm.resume();

    for (int i = 0; i < 1000; i++) {
      assertThat(thread.call(() -> remote.getpid(vm.pid()))).isEqualTo(vm.pid());
    }

    assertThat(vm.runState()).isEqualTo("running");
    assertThat(vm.exit()).isNotDone();
    assertThat(ProcessHandle.of(vm.pid()))
        .hasValueSatisfying(p -> assertThat(p.isAlive()).isTrue());
  }

  @Test
  void trackingLeavesNoDescriptorInQemu() throws IOException {
    GuestProcess vm = firmwareGuest();
    vm.resume();

    for (int i = 0; i < 20; i++) {
      try (DirtyTracker tracker = vm.track()) {
        assertThat(tracker.name()).isEqualTo("userfaultfd-wp");
        assertThat(userfaultfds(Integer.toString(vm.pid()))).isZero();
        assertThat(userfaultfds("self")).isEqualTo(1);
      }
    }
    assertThat(userfaultfds("self")).isZero();
  }

  @Test
  void aProcessStoppedByASignalCanBeTrackedAndStaysStopped() throws Exception {
    GuestProcess vm = firmwareGuest();
    vm.resume();
    signal("STOP", vm.pid());
    Awaitility.await().until(() -> state(vm.pid()) == 'T');

    vm.track().close();

    assertThat(state(vm.pid())).isEqualTo('T');
    signal("CONT", vm.pid());
    assertThat(vm.runState()).isEqualTo("running");
  }

  private GuestProcess firmwareGuest() {
    GuestConfig guest = fixture.firmware(List.of());
    MappedFile image = fixture.image("image", guest);
    return fixture.start(guest, image, "a");
  }

  private static void signal(String name, int pid) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, Integer.toString(pid)).start().waitFor())
        .isZero();
  }

  private static long userfaultfds(String pid) throws IOException {
    long count = 0;
    try (DirectoryStream<Path> fds = Files.newDirectoryStream(Path.of("/proc", pid, "fd"))) {
      for (Path fd : fds) {
        try {
          if (Files.readSymbolicLink(fd).toString().contains("userfaultfd")) {
            count++;
          }
        } catch (NoSuchFileException e) {
          // closed while we looked
        }
      }
    }
    return count;
  }

  /** State letter of the process in proc(5). */
  private static char state(int pid) throws Exception {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }
}
