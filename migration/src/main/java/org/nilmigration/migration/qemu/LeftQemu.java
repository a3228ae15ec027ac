package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.LeftGuest;

/**
 * A QEMU that lives on after the daemon which started it. It is known by the file that it wrote its
 * process id to, and by that file's name among its arguments: a process that got the same id later
 * has another command line.
 */
record LeftQemu(QemuProcess process, Path directory, Adoption adoption) implements LeftGuest {

  /** Makes a process this run's. */
  interface Adoption {
    GuestProcess adopt(Launch launch, QemuProcess process);
  }

  static Path pidFile(Path directory) {
    return directory.resolve("qemu.pid");
  }

  /** The socket that QEMU itself listens on, for the next run of the daemon. */
  static Path monitorSocket(Path directory) {
    return Monitor.socket(directory, "next.sock");
  }

  /** The one that was started in {@code directory} and lives; empty when there is none. */
  static Optional<LeftQemu> find(Path directory, Adoption adoption) {
    Path file = pidFile(directory);
    return read(file)
        .flatMap(LeftQemu::number)
        .flatMap(ProcessHandle::of)
        .filter(handle -> arguments(handle.pid()).contains(file.toString()))
        .map(handle ->
            new LeftQemu(
                QemuProcess.left(handle, directory.resolve(Monitor.STDERR)), directory, adoption));
  }

  private static Optional<Long> number(String text) {
    try {
      return Optional.of(Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static List<String> arguments(long pid) {
    return read(Path.of("/proc", Long.toString(pid), "cmdline"))
        .map(line -> List.of(line.split("\0")))
        .orElse(List.of());
  }

  private static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public int pid() {
    return process.pid();
  }

  @Override
  public GuestProcess adopt(Launch launch) {
    return adoption.adopt(launch, process);
  }

  @Override
  public void kill() {
    process.kill();
    Monitor.delete(pidFile(directory));
    Monitor.delete(monitorSocket(directory));
  }
}
