package org.nilmigration.migration.qemu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Launch;

/** Real guests in a private directory; after close no process and no file is left. */
final class QemuFixture implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(2);
  static final String TICKS = "nil.tick=0.05";

  private static final Pattern TICK = Pattern.compile("^tick (\\d+) \\S+ (\\S+)$");

  final QemuHypervisor hypervisor =
      new QemuHypervisor(new QemuConfig("qemu-system-x86_64", Accelerator.TCG));
  final Path root;
  private final List<MappedFile> images = new ArrayList<>();

  record Tick(long number, String bootId) {}

  QemuFixture() {
    Path shm = Path.of("/dev/shm");
    try {
      root = Files.createTempDirectory(Files.isDirectory(shm) ? shm : Path.of("/tmp"), "nil-q");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The guest of ha-daemon/guest, or the test is skipped. */
  static GuestConfig linux(MachineType machine, long memoryMiB, int vcpus, String words) {
    String found = System.getProperty("nil.guest.dir", System.getenv("NIL_GUEST_DIR"));
    assumeTrue(
        found != null && Files.exists(Path.of(found, "vmlinuz")),
        "no guest image: set NIL_GUEST_DIR to what ha-daemon/guest/build-image prints");
    Path image = Path.of(found).toAbsolutePath();
    String pci = machine == MachineType.MICROVM ? "pci=off " : "";
    return new GuestConfig(
        "g",
        new ByteSize(memoryMiB << 20),
        vcpus,
        machine,
        null,
        image.resolve("vmlinuz"),
        image.resolve("initrd.gz"),
        "console=ttyS0 quiet reboot=t panic=-1 " + pci + words,
        null,
        NetworkConfig.NONE,
        List.of(),
        null);
  }

  /** A guest without an operating system: firmware that finds nothing to boot. */
  GuestConfig firmware(List<String> qemuArgs) {
    Path disk = root.resolve("empty.disk");
    try {
      Files.write(disk, new byte[1 << 20]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new GuestConfig(
        "g",
        new ByteSize(64L << 20),
        1,
        MachineType.Q35,
        null,
        null,
        null,
        null,
        disk,
        NetworkConfig.NONE,
        qemuArgs,
        null);
  }

  MappedFile image(String name, GuestConfig guest) {
    MappedFile image =
        MappedFile.create(root.resolve(name), guest.memory().bytes(), Reserve.SPARSE);
    images.add(image);
    return image;
  }

  Launch launch(GuestConfig guest, MappedFile image, String directory, boolean incoming) {
    return new Launch(guest, image.path(), root.resolve(directory), incoming);
  }

  GuestProcess start(GuestConfig guest, MappedFile image, String directory) {
    return hypervisor.start(launch(guest, image, directory, false));
  }

  GuestProcess standby(GuestConfig guest, MappedFile image, String directory) {
    return hypervisor.start(launch(guest, image, directory, true));
  }

  List<String> console(String directory) {
    try {
      Path log = root.resolve(directory).resolve("console.log");
      return Files.exists(log)
          ? Stream.of(Files.readString(log).split("\r?\n")).toList()
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Tick> ticks(String directory) {
    return console(directory).stream()
        .map(TICK::matcher)
        .filter(Matcher::matches)
        .map(m -> new Tick(Long.parseLong(m.group(1)), m.group(2)))
        .toList();
  }

  void awaitTicks(String directory, int more) {
    int before = ticks(directory).size();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> ticks(directory).size() >= before + more);
  }

  /** That it is the same guest that runs on there, and lost at most the tick that was cut off. */
  void requireWentOn(String from, String to) {
    awaitTicks(to, 10);
    Tick last = ticks(from).getLast();
    assertThat(ticks(to)).allMatch(tick -> tick.bootId().equals(last.bootId()));
    assertThat(ticks(to).getFirst().number()).isBetween(last.number() + 1, last.number() + 2);
  }

  static void copy(PageRuns runs, MappedFile from, MappedFile to) {
    for (int i = 0; i < runs.count(); i++) {
      MemorySegment.copy(
          from.segment(), runs.start(i), to.segment(), runs.start(i), runs.length(i));
    }
  }

  /** Offset of the first byte in which the images differ, -1 when they are equal. */
  static long difference(MappedFile a, MappedFile b) {
    return a.segment().mismatch(b.segment());
  }

  static byte at(MappedFile image, long offset) {
    return image.segment().get(JAVA_BYTE, offset);
  }

  static long entries(String procDirectory) {
    try (Stream<Path> entries = Files.list(Path.of(procDirectory))) {
      return entries.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    hypervisor.close();
    images.forEach(MappedFile::close);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
