package org.nilmigration.daemon.bench.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffIdentity;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.daemon.lab.ConsoleLog;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.protect.ProtectorSetup;
import org.nilmigration.migration.protect.ReplicaSetup;
import org.nilmigration.migration.qemu.QemuHypervisor;

/**
 * One real guest in a region of its own, for measurements inside one process: no daemon, no
 * ZooKeeper. Close removes guest, region and files.
 */
public final class BenchGuest implements AutoCloseable {
  /** What a small guest has. */
  public static final ByteSize MEMORY = ByteSize.ofMiB(256);

  public static final Duration INTERVAL = Duration.ofMillis(25);

  /** Every epoch takes the same time, however idle the guest is. */
  public static final EpochConfig PACE =
      new EpochConfig(INTERVAL, INTERVAL, INTERVAL, EpochConfig.DEFAULT.log());

  private static final int IMAGES_MAX = 3;
  private static final Duration BOOT_WITHIN = Duration.ofMinutes(2);
  private static final int TICKS_OF_A_BOOTED_GUEST = 20;
  private static final long REST_BYTES = 4L << 30;
  private static final String LOADED = "dirty ready";

  private final Hypervisor hypervisor;
  private final GuestConfig config;
  private final Path root;
  private final Region region;
  private final GuestRegion files;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Thread hook = new Thread(this::closeAtExit, "bench-cleanup");
  private long pairing;
  private long attempt;
  private boolean closed;

  /**
   * @param programs words of {@code guest/README.md} for the guest's kernel command line
   */
  public BenchGuest(
      MachineType machine,
      Accelerator accelerator,
      GuestImage image,
      ByteSize memory,
      String programs) {
    this(config(machine, image, memory, programs), accelerator);
  }

  /**
   * @param config a guest on the test image whose counter ticks
   */
  public BenchGuest(GuestConfig config, Accelerator accelerator) {
    this.config = config;
    root = newDirectory();
    Runtime.getRuntime().addShutdownHook(hook);
    hypervisor = new QemuHypervisor(new QemuConfig("qemu-system-x86_64", accelerator));
    hypervisor.probe();
    long images = IMAGES_MAX * config.memory().bytes();
    region = Region.format(root.resolve("region"), new RegionSpec(images + REST_BYTES));
    files = region.createGuest(config.name(), config.memory().bytes(), config.vcpus());
  }

  private static GuestConfig config(
      MachineType machine, GuestImage image, ByteSize memory, String programs) {
    String pci = machine == MachineType.MICROVM ? " pci=off" : "";
    return new GuestConfig(
        machine.name().toLowerCase(Locale.ROOT),
        memory,
        1,
        machine,
        null,
        image.kernel(),
        image.initrd(),
        "console=ttyS0 quiet reboot=t panic=-1" + pci + " " + programs,
        null,
        NetworkConfig.NONE,
        List.of(),
        null);
  }

  private static Path newDirectory() {
    try {
      return Files.createTempDirectory(Path.of("/dev/shm"), "nil-bench-");
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "bench: cannot set up its guest under /dev/shm: " + e, e);
    }
  }

  public Hypervisor hypervisor() {
    return hypervisor;
  }

  /** A path for a file of the caller's, in memory, which goes with the guest. */
  public Path file(String name) {
    return root.resolve(name);
  }

  public MappedFile newImage() {
    return keep(files.createImage(GuestRegion.imageName(1, pairing++)));
  }

  public Launch launch(String host, MappedFile image, boolean incoming) {
    return new Launch(config, image.path(), root.resolve(host), incoming);
  }

  /** Boots the guest and waits until its counter runs and its load, where it has one, is there. */
  public GuestProcess boot(MappedFile image) throws InterruptedException {
    Launch launch = launch("a", image, false);
    GuestProcess vm = keep(hypervisor.start(launch));
    vm.resume();
    long deadline = System.nanoTime() + BOOT_WITHIN.toNanos();
    while (!booted(launch.consoleLog())) {
      if (System.nanoTime() - deadline > 0 || vm.exit().isDone()) {
        throw new FaultException(
            FaultKind.ERROR,
            "the bench's guest did not reach its counter and load within %s: see %s"
                .formatted(BOOT_WITHIN, launch.consoleLog()));
      }
      Thread.sleep(100);
    }
    return vm;
  }

  private boolean booted(Path console) {
    if (HotLoad.wanted(config.append())) {
      return HotLoad.runs(console);
    }
    boolean loaded =
        !config.append().contains("nil.dirty=") || ConsoleLog.text(console).contains(LOADED);
    return loaded && ConsoleLog.read(console).ticks().size() >= TICKS_OF_A_BOOTED_GUEST;
  }

  /** The log of one pairing, as its owner and as its standby see it; the file goes with it. */
  public record PairLog(EpochLog owner, EpochLog standby) implements AutoCloseable {
    @Override
    public void close() {
      standby.close();
      owner.close();
      try {
        Files.delete(owner.file().path());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public PairLog newLog(boolean synced, long startEpoch) {
    LogIdentity identity =
        new LogIdentity(config.name(), 1, ++pairing, config.memory().bytes(), synced, startEpoch);
    EpochLog owner = files.createLog(identity, EpochConfig.DEFAULT.log().bytes());
    return new PairLog(owner, files.openLog(owner.file().path().getFileName().toString()));
  }

  /** Protects the guest, unsynced at first, by a standby over {@code shadow} at host {@code b}. */
  public Pair protect(
      GuestProcess vm,
      DirtyTracker tracker,
      PairLog log,
      MappedFile live,
      MappedFile shadow,
      EpochConfig pace) {
    return new Pair(
        new ProtectorSetup(vm, tracker, new PageRuns(), log.owner(), live, pace),
        new ReplicaSetup(hypervisor, launch("b", shadow, true), log.standby(), shadow, null));
  }

  /** The handoff area of another attempt, as its source sees it. */
  public HandoffArea newArea() {
    return keep(
        files.createHandoff(
            new HandoffIdentity(config.name(), 1, ++attempt, config.memory().bytes())));
  }

  /** The same area as its target sees it. */
  public HandoffArea openArea(HandoffArea area) {
    return keep(files.openHandoff(area.file().path().getFileName().toString()));
  }

  public <T extends AutoCloseable> T keep(T resource) {
    opened.push(resource);
    return resource;
  }

  private void closeAtExit() {
    try {
      close();
    } catch (Exception e) {
      System.err.println("bench: cleaning up " + root + " failed: " + e.getMessage());
    }
  }

  @Override
  public synchronized void close() throws Exception {
    if (closed) {
      return;
    }
    closed = true;
    for (AutoCloseable one : opened) {
      one.close();
    }
    hypervisor.close();
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
