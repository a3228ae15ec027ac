package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.migration.hypervisor.GuestExit;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/** How a QEMU process begins and ends, and that nobody is left behind. */
class QemuLifecycleIT {
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  private final QemuFixture fixture = new QemuFixture();

  @AfterEach
  void leaveNothingBehind() {
    fixture.close();
  }

  @Test
  void aKilledProcessSaysSoAndRemovesItsSockets() throws Exception {
    GuestProcess vm = firmwareGuest();
    assertThat(Files.exists(fixture.root.resolve("a/state.sock"))).isTrue();
    vm.close();
    vm.close();

    GuestExit exit = vm.exit().get(10, TimeUnit.SECONDS);
    assertThat(exit.cause()).isEqualTo(GuestExit.Cause.KILLED);
    assertThat(exit.code()).isEqualTo(137);
    assertThat(ProcessHandle.of(vm.pid())).isEmpty();
    assertThat(Files.exists(fixture.root.resolve("a/state.sock"))).isFalse();
    assertThat(Files.exists(fixture.root.resolve("a/qmp.sock"))).isFalse();
    assertThatThrownBy(vm::resume)
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("is gone")
        .hasMessageContaining("killed by its host");
  }

  @Test
  void aStrangersSignalIsACrash() throws Exception {
    GuestProcess vm = firmwareGuest();
    ProcessHandle.of(vm.pid()).orElseThrow().destroyForcibly();

    GuestExit exit = vm.exit().get(10, TimeUnit.SECONDS);
    assertThat(exit.cause()).isEqualTo(GuestExit.Cause.CRASHED);
    assertThat(exit.code()).isEqualTo(137);
  }

  @Test
  void aTerminatedProcessIsACrashWithItsLastWords() throws Exception {
    GuestProcess vm = firmwareGuest();
    ProcessHandle.of(vm.pid()).orElseThrow().destroy();

    GuestExit exit = vm.exit().get(10, TimeUnit.SECONDS);
    assertThat(exit.cause()).isEqualTo(GuestExit.Cause.CRASHED);
    assertThat(exit.lastStderr()).contains("terminating on signal 15");
  }

  @Test
  void aGuestThatPowersItselfOffHasShutDown() throws Exception {
    GuestConfig linux = QemuFixture.linux(MachineType.Q35, 128, 1, "");
    GuestConfig guest =
        new GuestConfig(
            "g",
            linux.memory(),
            1,
            linux.machine(),
            null,
            linux.kernel(),
            linux.initrd(),
            "console=ttyS0 quiet rdinit=/bin/busybox -- poweroff -f",
            null,
            NetworkConfig.NONE,
            List.of(),
            null);
    GuestProcess vm = fixture.start(guest, fixture.image("image", guest), "a");
    vm.resume();

    GuestExit exit = vm.exit().get(120, TimeUnit.SECONDS);
    assertThat(exit.cause()).isEqualTo(GuestExit.Cause.GUEST_SHUTDOWN);
    assertThat(exit.code()).isZero();
  }

  @Test
  void whoeverWaitsForAKilledProcessIsToldAtOnce() throws Exception {
    GuestProcess vm = firmwareGuest();
    try (DirtyTracker tracker = vm.track();
        StateBuffer state = new StateBuffer()) {
      vm.resume();
      CompletableFuture<Throwable> caught = new CompletableFuture<>();
      Thread epochs =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  while (true) {
                    vm.capture(state);
                    tracker.collect(new PageRuns());
                    vm.resume();
                  }
                } catch (Throwable t) {
                  caught.complete(t);
                }
              });
      Awaitility.await().until(() -> state.length() > 0);
      vm.kill();

      assertThat(caught.get(10, TimeUnit.SECONDS))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("gone");
      epochs.join();
    }
  }

  @Test
  void aGuestOutlivesTheThreadThatAskedForIt() throws Exception {
    CompletableFuture<GuestProcess> started = new CompletableFuture<>();
    Thread caller = Thread.ofPlatform().start(() -> started.complete(firmwareGuest()));
    GuestProcess vm = started.get(60, TimeUnit.SECONDS);
    caller.join();

    vm.resume();
    assertThat(vm.runState()).isEqualTo("running");
    assertThat(vm.exit()).isNotDone();
  }

  @Test
  void aKilledDaemonTakesItsGuestsAlong() throws Exception {
    Path image = fixture.image("image", fixture.firmware(List.of())).path();
    Process daemon =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                CLASS_PATH,
                DaemonMain.class.getName(),
                image.toString(),
                fixture.root.resolve("empty.disk").toString(),
                fixture.root.resolve("d").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      long qemu =
          daemon
              .inputReader()
              .lines()
              .filter(line -> line.startsWith(DaemonMain.PID))
              .map(line -> Long.parseLong(line.substring(DaemonMain.PID.length())))
              .findFirst()
              .orElseThrow();
      assertThat(ProcessHandle.of(qemu)).isPresent();

      daemon.destroyForcibly().waitFor();

      Awaitility.await().until(() -> !running(qemu));
    } finally {
      daemon.destroyForcibly();
    }
  }

  @Test
  void staleSocketsAreReplacedAndTheDirectoryIsPrivate() throws Exception {
    Path directory = Files.createDirectory(fixture.root.resolve("a"));
    Files.writeString(directory.resolve("qmp.sock"), "stale");
    Files.writeString(directory.resolve("state.sock"), "stale");
    Files.writeString(directory.resolve("incoming.sock"), "stale");

    GuestProcess vm = firmwareGuest();

    assertThat(vm.runState()).isEqualTo("prelaunch");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  /** A zombie waits for whoever adopted it; it runs nothing any more. */
  private static boolean running(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private GuestProcess firmwareGuest() {
    GuestConfig guest = fixture.firmware(List.of());
    return fixture.start(guest, fixture.image("image", guest), "a");
  }
}
