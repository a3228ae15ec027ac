package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.nilmigration.checkpoint.dirty.TrackerProbe;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.HypervisorTraits;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.LeftGuest;
import org.nilmigration.migration.network.GuestLinks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** QEMU 7.2 and newer on x86-64 Linux. Any thread. */
public final class QemuHypervisor implements Hypervisor {
  private static final Logger LOG = LoggerFactory.getLogger(QemuHypervisor.class);
  private static final Path KVM = Path.of("/dev/kvm");

  private final QemuConfig config;
  private final QemuProcess.Orphan orphan;
  private final NativeThread thread = new NativeThread();
  private final QemuGuest.Tools tools;
  private final Set<QemuGuest> running = ConcurrentHashMap.newKeySet();
  private volatile String version;

  /** Guests die with this process. */
  public QemuHypervisor(QemuConfig config) {
    this(config, QemuProcess.Orphan.DIES);
  }

  private QemuHypervisor(QemuConfig config, QemuProcess.Orphan orphan) {
    this.config = config;
    this.orphan = orphan;
    this.tools = new QemuGuest.Tools(thread, thread.call(RemoteSyscalls::new));
  }

  /** Guests outlive this process, for its next run to {@link #left find} them. */
  public static QemuHypervisor outlived(QemuConfig config) {
    return new QemuHypervisor(config, QemuProcess.Orphan.LIVES);
  }

  /**
   * One thing that guests need of this machine.
   *
   * @param look says what was found, and throws UNAVAILABLE with the remedy when that will not do
   */
  public record Probe(String name, Supplier<String> look) {}

  /** What {@link #probe()} looks at, in this order. */
  public List<Probe> probes() {
    return List.of(
        new Probe("architecture", QemuHypervisor::requireArchitecture),
        new Probe("dirty pages", QemuHypervisor::requireTracking),
        new Probe("qemu", this::requireQemu),
        new Probe("accelerator", this::requireAccelerator),
        new Probe("ptrace", this::requireInjection));
  }

  @Override
  public void probe() {
    probes().forEach(probe -> LOG.info("{}: {}", probe.name(), probe.look().get()));
  }

  @Override
  public HypervisorTraits traits() {
    if (version == null) {
      version = QemuBinary.requireVersion(QemuBinary.resolve(config.binary())).toString();
    }
    return new HypervisorTraits(
        version, config.accelerator(), ProcessorModel.name(), GuestLinks.bridges());
  }

  private static String requireTracking() {
    TrackerProbe.requirePagemapScan();
    return "PAGEMAP_SCAN and asynchronous write protection by userfaultfd work";
  }

  private String requireQemu() {
    Path binary = QemuBinary.resolve(config.binary());
    return binary + " " + QemuBinary.requireVersion(binary);
  }

  private static String requireArchitecture() {
    String architecture = System.getProperty("os.arch");
    if (!architecture.equals("amd64")) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "This machine is of architecture " + architecture + ", expected amd64 (x86-64).");
    }
    return architecture;
  }

  private String requireAccelerator() {
    if (config.accelerator() != Accelerator.KVM) {
      return "tcg: guests run emulated, which is slow";
    }
    try (RandomAccessFile device = new RandomAccessFile(KVM.toFile(), "rw")) {
      device.getFD().valid();
      return "kvm";
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          KVM
              + " cannot be used ("
              + e.getMessage()
              + "); enable virtualization and give this user the device, or set the key"
              + " 'qemu.accelerator' to tcg.",
          e);
    }
  }

  /** Starts an empty QEMU and runs a system call in it, as tracking a guest will. */
  private String requireInjection() {
    Path binary = QemuBinary.resolve(config.binary());
    Path directory = null;
    try {
      directory = Files.createTempDirectory("nil-probe");
      try (Monitor monitor =
          Monitor.start(
              thread,
              binary,
              socket -> QemuCommandLine.probe(config.accelerator(), socket),
              directory,
              "An empty QEMU",
              QemuProcess.Orphan.DIES)) {
        int pid = monitor.process().pid();
        try {
          long answer = thread.call(() -> tools.remote().getpid(pid));
          if (answer != pid) {
            throw new FaultException(
                FaultKind.ERROR,
                "getpid run inside QEMU answered " + answer + ", expected " + pid + ".");
          }
          return "a system call runs inside QEMU";
        } finally {
          monitor.process().kill();
        }
      }
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "No temporary directory could be made (" + e + ").", e);
    } finally {
      removeProbe(directory);
    }
  }

  private static void removeProbe(Path directory) {
    if (directory != null) {
      Monitor.delete(directory.resolve(Monitor.STDERR));
      Monitor.delete(directory);
    }
  }

  @Override
  public GuestProcess start(Launch launch) {
    GuestConfig guest = launch.guest();
    guest.checkFiles();
    Path image = requireImage(launch);
    Path binary = QemuBinary.resolve(config.binary());
    String diskFormat = guest.disk() == null ? "" : DiskFormat.of(guest.disk());
    makePrivate(launch.directory());
    GuestLinks links = new GuestLinks(guest.name(), guest.network().nics());
    links.requireStartable();
    Monitor monitor =
        Monitor.start(
            thread,
            binary,
            socket -> QemuCommandLine.of(config.accelerator(), launch, socket, diskFormat),
            launch.directory(),
            "QEMU for guest '" + guest.name() + "'",
            orphan);
    QemuGuest started;
    try {
      links.attach();
      if (!launch.incoming()) {
        links.up();
      }
      started = new QemuGuest(launch, image, tools, monitor, links);
    } catch (RuntimeException e) {
      monitor.process().kill();
      monitor.close();
      throw e;
    }
    keep(started);
    LOG.info(
        "qemu started vm={} pid={} incoming={}", guest.name(), started.pid(), launch.incoming());
    return started;
  }

  private void keep(QemuGuest guest) {
    running.add(guest);
    CompletableFuture<Void> unused = guest.released().thenRun(() -> running.remove(guest));
  }

  @Override
  public Optional<LeftGuest> left(Path directory) {
    return LeftQemu.find(directory, this::adopt).map(LeftGuest.class::cast);
  }

  private QemuGuest adopt(Launch launch, QemuProcess process) {
    GuestConfig guest = launch.guest();
    Path image = requireImage(launch);
    GuestLinks links = new GuestLinks(guest.name(), guest.network().nics());
    String who = "QEMU of guest '" + guest.name() + "' (pid " + process.pid() + ")";
    Monitor monitor = Monitor.connect(process, LeftQemu.monitorSocket(launch.directory()), who);
    try {
      QemuGuest adopted = new QemuGuest(launch, image, tools, monitor, links);
      adopted.settle();
      keep(adopted);
      LOG.info("qemu adopted vm={} pid={}", guest.name(), adopted.pid());
      return adopted;
    } catch (RuntimeException e) {
      monitor.close();
      throw e;
    }
  }

  /** QEMU would enlarge an image that is too small, in the region, and unasked. */
  private static Path requireImage(Launch launch) {
    try {
      Path image = launch.image().toRealPath();
      long found = Files.size(image);
      long expected = launch.guest().memory().bytes();
      if (found != expected) {
        throw new FaultException(
            FaultKind.ERROR,
            String.format(
                Locale.ROOT,
                "The memory image %s of guest '%s' has the wrong size: found %d bytes, expected %d;"
                    + " remove the guest and apply it again.",
                image,
                launch.guest().name(),
                found,
                expected));
      }
      return image;
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.ERROR,
          "The memory image "
              + launch.image()
              + " of guest '"
              + launch.guest().name()
              + "' cannot be opened ("
              + e
              + "); expected a file of the region.",
          e);
    }
  }

  private static void makePrivate(Path directory) {
    try {
      var permissions = PosixFilePermissions.fromString("rwx------");
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(permissions));
      Files.setPosixFilePermissions(directory, permissions);
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "The private directory " + directory + " cannot be made (" + e + "); see 'stateDir'.",
          e);
    }
  }

  @Override
  public void close() {
    List.copyOf(running).forEach(GuestProcess::close);
    thread.close();
  }
}
