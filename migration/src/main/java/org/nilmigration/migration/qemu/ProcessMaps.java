package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.nilmigration.checkpoint.dirty.TrackedRange;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** What {@code /proc/PID} tells about another process's address space and threads. */
final class ProcessMaps {
  private static final String DELETED = " (deleted)";

  private final int pid;
  private final List<Mapping> mappings;

  /** One line of the maps file. */
  record Mapping(long start, long end, long offset, String path) {}

  private ProcessMaps(int pid, List<Mapping> mappings) {
    this.pid = pid;
    this.mappings = mappings;
  }

  int pid() {
    return pid;
  }

  static ProcessMaps read(int pid) {
    try {
      return parse(pid, Files.readAllLines(proc(pid, "maps")));
    } catch (IOException e) {
      throw unreadable(pid, "maps", e);
    }
  }

  static ProcessMaps parse(int pid, List<String> lines) {
    List<Mapping> mappings = new ArrayList<>();
    for (String line : lines) {
      // start-end perms offset dev inode   path
      String[] fields = line.split(" +", 6);
      String[] range = fields[0].split("-", 2);
      String path = fields.length < 6 ? "" : fields[5];
      mappings.add(
          new Mapping(
              Long.parseUnsignedLong(range[0], 16),
              Long.parseUnsignedLong(range[1], 16),
              Long.parseUnsignedLong(fields[2], 16),
              path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path));
    }
    return new ProcessMaps(pid, mappings);
  }

  /**
   * Where the file is mapped, as one range whose file offsets run from 0 to {@code length}.
   *
   * @throws FaultException when it is not mapped so
   */
  TrackedRange rangeOf(Path file, long length) {
    String path = file.toString();
    long start = -1;
    long end = -1;
    for (Mapping mapping : mappings) {
      if (!mapping.path().equals(path)) {
        continue;
      }
      if (start < 0 && mapping.offset() == 0) {
        start = mapping.start();
        end = mapping.end();
      } else if (mapping.start() == end && mapping.offset() == end - start) {
        end = mapping.end();
      }
    }
    if (start < 0 || end - start != length) {
      throw new FaultException(
          FaultKind.ERROR,
          String.format(
              Locale.ROOT,
              "The memory of QEMU (pid %d) cannot be tracked: found %s mapped over %d bytes,"
                  + " expected one range of %d bytes; check that nobody replaced the file while"
                  + " QEMU ran.",
              pid,
              file,
              start < 0 ? 0 : end - start,
              length));
    }
    return new TrackedRange(start, length);
  }

  /**
   * Address of a {@code syscall} instruction (0F 05) in the page that the kernel maps for calls.
   */
  long syscallInstruction() {
    Mapping vdso =
        find("[vdso]")
            .orElseThrow(() ->
                new FaultException(
                    FaultKind.UNAVAILABLE,
                    "QEMU (pid "
                        + pid
                        + ") has no [vdso] mapping to run system calls from; boot the host"
                        + " without vdso=0."));
    ByteBuffer code = ByteBuffer.allocate((int) (vdso.end() - vdso.start()));
    try (FileChannel memory = FileChannel.open(proc(pid, "mem"), StandardOpenOption.READ)) {
      memory.read(code, vdso.start());
    } catch (IOException e) {
      throw unreadable(pid, "mem", e);
    }
    for (int i = 0; i + 1 < code.position(); i++) {
      if (code.get(i) == 0x0F && code.get(i + 1) == 0x05) {
        return vdso.start() + i;
      }
    }
    throw new FaultException(
        FaultKind.UNAVAILABLE,
        "The [vdso] of QEMU (pid "
            + pid
            + ") holds no syscall instruction in "
            + code.position()
            + " bytes; run an x86-64 kernel of Linux 6.7 or newer.");
  }

  private Optional<Mapping> find(String path) {
    return mappings.stream().filter(mapping -> mapping.path().equals(path)).findFirst();
  }

  /**
   * A thread of the process other than its main thread: the oldest, which in QEMU is the one that
   * frees memory after grace periods. It sleeps most of the time, so stopping it costs the guest
   * nothing.
   */
  static int oldestWorker(int pid) {
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(proc(pid, "task"))) {
      for (Path task : tasks) { // the kernel lists threads in the order they were created
        int tid = Integer.parseInt(task.getFileName().toString());
        if (tid != pid) {
          return tid;
        }
      }
    } catch (IOException e) {
      throw unreadable(pid, "task", e);
    }
    throw new FaultException(
        FaultKind.ERROR,
        "Process " + pid + " has one thread only, expected QEMU with its worker threads.");
  }

  private static Path proc(int pid, String name) {
    return Path.of("/proc", Integer.toString(pid), name);
  }

  private static FaultException unreadable(int pid, String name, IOException e) {
    return new FaultException(
        FaultKind.UNAVAILABLE,
        "/proc/"
            + pid
            + "/"
            + name
            + " cannot be read ("
            + e
            + "): either QEMU is gone, or this user may not trace it; run nild as root"
            + " (CAP_SYS_PTRACE) with kernel.yama.ptrace_scope below 3.",
        e);
  }
}
