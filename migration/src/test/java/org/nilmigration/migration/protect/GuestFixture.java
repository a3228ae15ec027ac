package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import org.junit.jupiter.api.Assumptions;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffIdentity;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.qemu.QemuHypervisor;

/** A region, two directories that stand for two hosts, and a real guest; all gone after close. */
final class GuestFixture implements AutoCloseable {
  private static final int BOOT_ID_CHARS = 36;
  private static final Pattern TICK = Pattern.compile("^tick (\\d+) \\S+ (\\S+)$");

  final Hypervisor hypervisor =
      new QemuHypervisor(new QemuConfig("qemu-system-x86_64", Accelerator.TCG));
  final GuestConfig guest;
  final GuestRegion files;
  private final Path root;
  private final Region region;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Thread hook = new Thread(this::closeAtExit, "fixture-cleanup");
  private long pairing;
  private long attempt;
  private boolean closed;

  GuestFixture(MachineType machine, long memoryMiB, String programs) throws IOException {
    Path image = guestImage();
    root = Files.createTempDirectory(Path.of("/dev/shm"), "nil-it-");
    Runtime.getRuntime().addShutdownHook(hook);
    region = Region.format(root.resolve("region"), new RegionSpec(4L << 30));
    String pci = machine == MachineType.MICROVM ? " pci=off" : "";
    guest =
        new GuestConfig(
            "g",
            new ByteSize(memoryMiB << 20),
            1,
            machine,
            null,
            image.resolve("vmlinuz"),
            image.resolve("initrd.gz"),
            "console=ttyS0 quiet reboot=t panic=-1" + pci + " nil.tick=0.05 " + programs,
            null,
            NetworkConfig.NONE,
            List.of(),
            null);
    files = region.createGuest(guest.name(), guest.memory().bytes(), guest.vcpus());
  }

  private static Path guestImage() {
    String dir = System.getProperty("nil.guest.dir", System.getenv("NIL_GUEST_DIR"));
    Assumptions.assumeTrue(
        dir != null && Files.exists(Path.of(dir, "vmlinuz")),
        "no guest image: set NIL_GUEST_DIR to what ha-daemon/guest/build-image prints");
    return Path.of(dir);
  }

  MappedFile image(long generation) {
    MappedFile image = files.createImage(GuestRegion.imageName(generation, pairing));
    opened.add(image);
    return image;
  }

  /** A file for the guest's memory outside the region, in the own memory of a host. */
  MappedFile localImage() {
    try {
      Path directory = Files.createDirectories(root.resolve("local-" + opened.size()));
      return keep(
          MappedFile.create(
              directory.resolve(GuestRegion.imageName(1, pairing)),
              guest.memory().bytes(),
              Reserve.SPARSE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Launch launch(String host, MappedFile image, boolean incoming) {
    return new Launch(guest, image.path(), root.resolve(host), incoming);
  }

  GuestProcess boot(String host, MappedFile image) {
    GuestProcess vm = hypervisor.start(launch(host, image, false));
    vm.resume();
    awaitTicks(host, 5);
    return vm;
  }

  EpochLog log(long generation, boolean synced, long startEpoch) {
    EpochLog log =
        files.createLog(
            new LogIdentity(
                guest.name(), generation, ++pairing, guest.memory().bytes(), synced, startEpoch),
            32L << 20);
    opened.add(log);
    return log;
  }

  /** The handoff area of another attempt, as its source sees it. */
  HandoffArea area() {
    return keep(
        files.createHandoff(
            new HandoffIdentity(guest.name(), 1, ++attempt, guest.memory().bytes())));
  }

  /** The target's own view of an area. */
  HandoffArea openArea(HandoffArea area) {
    return keep(files.openHandoff(area.file().path().getFileName().toString()));
  }

  /** Closes {@code resource} with the fixture, guests first. */
  <T extends AutoCloseable> T keep(T resource) {
    opened.add(resource);
    return resource;
  }

  /** The standby's own view of a log, as another host would open it. */
  EpochLog openLog(EpochLog log) {
    EpochLog second = files.openLog(log.file().path().getFileName().toString());
    opened.add(second);
    return second;
  }

  List<String> console(String host) {
    try {
      Path log = root.resolve(host).resolve("console.log");
      return Files.exists(log)
          ? Stream.of(Files.readString(log).split("\r?\n")).toList()
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Long> ticks(String host) {
    return console(host).stream()
        .map(TICK::matcher)
        .filter(Matcher::matches)
        .map(m -> Long.parseLong(m.group(1)))
        .toList();
  }

  String bootId(String host) {
    return console(host).stream()
        .map(TICK::matcher)
        .filter(Matcher::matches)
        .map(m -> m.group(2))
        .filter(id -> id.length() == BOOT_ID_CHARS) // a move can come in the middle of a line
        .distinct()
        .reduce((a, b) -> a + " and " + b)
        .orElseThrow();
  }

  void awaitTicks(String host, int more) {
    int already = ticks(host).size();
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() ->
            assertThat(ticks(host).size())
                .as(() -> String.join("\n", console(host)))
                .isGreaterThanOrEqualTo(already + more));
  }

  /** A run that is ended from outside leaves nothing either. */
  private void closeAtExit() {
    try {
      close();
    } catch (Exception e) {
      System.err.println("cleaning up " + root + " failed: " + e);
    }
  }

  @Override
  public synchronized void close() throws Exception {
    if (closed) {
      return;
    }
    closed = true;
    hypervisor.close();
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    files.close();
    region.close();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException exiting) {
      // the hook itself is running
    }
  }
}
