package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.nilmigration.checkpoint.dirty.TrackedRange;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** What {@code /proc/PID} tells about another process's address space and threads. */
final class ProcessMaps {
  private static final String DELETED = " (deleted)";
  private static final String FLAGS = "VmFlags:";

  /** MADV_DONTFORK, MERGEABLE, HUGEPAGE, NOHUGEPAGE and DONTDUMP of asm-generic/mman-common.h. */
  private static final Map<String, Integer> ADVICE =
      Map.of("dc", 10, "mg", 12, "hg", 14, "nh", 15, "dd", 16);

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
              withoutDeleted(path)));
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

  /** Whether any part of the file is mapped. */
  boolean mapsAnyOf(Path file) {
    return find(file.toString()).isPresent();
  }

  /** Puts bytes into the process's memory, which must be mapped there and writable. */
  void write(long address, byte[] bytes) {
    try (FileChannel memory = FileChannel.open(proc(pid, "mem"), StandardOpenOption.WRITE)) {
      ByteBuffer source = ByteBuffer.wrap(bytes);
      while (source.hasRemaining()) {
        memory.write(source, address + source.position());
      }
    } catch (IOException e) {
      throw unreadable(pid, "mem", e);
    }
  }

  /** The process's descriptors of the file, whether its name still exists or not. */
  static List<Integer> descriptorsOf(int pid, Path file) {
    List<Integer> found = new ArrayList<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(proc(pid, "fd"))) {
      for (Path descriptor : descriptors) {
        if (target(descriptor).equals(file.toString())) {
          found.add(Integer.valueOf(descriptor.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      throw unreadable(pid, "fd", e);
    }
    return found;
  }

  private static String target(Path descriptor) throws IOException {
    try {
      return withoutDeleted(Files.readSymbolicLink(descriptor).toString());
    } catch (NoSuchFileException e) {
      return ""; // closed meanwhile
    }
  }

  private static String withoutDeleted(String path) {
    return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
  }

  /**
   * What the process had told madvise(2) about the mapping that begins at an address: the numbers
   * of those hints of which proc_pid_smaps(5) shows a flag. Costs a walk of its page tables.
   */
  static List<Integer> adviceOn(int pid, long start) {
    try (Stream<String> lines = Files.lines(proc(pid, "smaps"))) {
      String header = Long.toHexString(start) + "-";
      return lines
          .dropWhile(line -> !line.startsWith(header))
          .filter(line -> line.startsWith(FLAGS))
          .findFirst()
          .map(flags -> adviceOf(flags.substring(FLAGS.length())))
          .orElse(List.of());
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(pid, "smaps", e);
    }
  }

  static List<Integer> adviceOf(String flags) {
    return Stream.of(flags.strip().split(" +"))
        .filter(ADVICE::containsKey)
        .map(ADVICE::get)
        .toList();
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

  private static FaultException unreadable(int pid, String name, Exception e) {
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
