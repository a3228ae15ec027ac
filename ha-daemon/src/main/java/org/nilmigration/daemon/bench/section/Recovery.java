package org.nilmigration.daemon.bench.section;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.RedisWriter;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.Snapshot;

/**
 * From the SIGKILL of a host until its guest answers a client, for the client's own open
 * connection; beside what needs no shared memory: QEMU's full snapshot in a file, restored once
 * ZooKeeper has given up the host's session, for a client that connects anew as soon as the guest
 * runs. The same guest and client in both.
 */
public final class Recovery implements Section {
  private static final String NAME = "bench";
  private static final String PROGRAMS = "nil.redis=1";
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final int WRITES_BEFORE = 1000;
  private static final Goal SNAPSHOT = Goal.atMost(1 / 25.0);

  @Override
  public String name() {
    return "recovery";
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    Recovered ours = new Recovered();
    Recovered restored = new Recovered();
    try (Lab lab = LostSession.openLab(setting)) {
      lab.host("A").start();
      lab.host("B").start();
      restores(setting, lab, restored);
      takeovers(setting, lab, ours);
    }
    String against = "snapshot restored after a " + LostSession.PEER;
    String figure = name() + ".killed_to_answer_ms.";
    figures.accept(
        Figure.medians(figure + "p50", ours.answered(), against, restored.answered(), SNAPSHOT));
    figures.accept(Figure.absolute(figure + "p99", ours.answered().p99Millis(), null));
    figures.accept(
        Figure.medians(
            name() + ".killed_to_running_ms.p50",
            ours.running(),
            against,
            restored.running(),
            null));
  }

  /**
   * What passed since the kill.
   *
   * @param running until the guest ran again
   * @param answered until a client had its answer: TCP's retransmissions count, and so does what
   *     the guest does for the first time in a new process, which QEMU has to translate under TCG
   */
  private record Recovered(Samples running, Samples answered) {
    Recovered() {
      this(new Samples(), new Samples());
    }
  }

  private void takeovers(Setting setting, Lab lab, Recovered since) {
    LabNic nic = new LabNic(1);
    LabGuest guest = new LabGuest(lab, NAME);
    lab.host("A").api().apply(LabGuest.config(NAME, setting.image(), PROGRAMS, nic, "A"));
    int count = setting.times(3, 20);
    try (RedisWriter client = RedisWriter.begin(nic.address())) {
      HostKills.repeat(
          lab,
          guest,
          count,
          i -> {
            setting.doing(this, "host kill %d of %d".formatted(i, count));
            client.awaitMore(WRITES_BEFORE, WITHIN);
          },
          // What the owner sent before its death had arrived long before it was suspected.
          kill -> {
            since.running().add(kill.runningNanos() - kill.killedNanos());
            since
                .answered()
                .add(client.awaitAnswerAfter(kill.suspectedNanos(), WITHIN) - kill.killedNanos());
          });
      List<String> faults = client.finish().faults();
      if (!faults.isEmpty()) {
        throw new FaultException(FaultKind.ERROR, "recovery: " + String.join("; ", faults));
      }
    }
  }

  /** Host B stands for the machine on which QEMU runs: both are killed together. */
  private void restores(Setting setting, Lab lab, Recovered since) throws Exception {
    LabNic nic = new LabNic(2);
    GuestConfig config =
        LabGuest.config(NAME, setting.image(), PROGRAMS, nic, "A")
            .withNetwork(new NetworkConfig(List.of(nic.outside()), OutputMode.IMMEDIATE));
    int count = setting.times(3, 5);
    try (BenchGuest guest = new BenchGuest(config, setting.accelerator())) {
      setting.doing(this, "a guest and its snapshot");
      Path file = guest.file("snapshot");
      GuestProcess vm = guest.boot(guest.newImage());
      try (RedisWriter client = RedisWriter.begin(nic.address())) {
        client.awaitMore(WRITES_BEFORE, WITHIN);
        Snapshot.save(vm, file);
      }
      for (int i = 1; i <= count; i++) {
        setting.doing(this, "snapshot, kill %d of %d".formatted(i, count));
        MappedFile image = guest.newImage();
        long killed = lab.host("B").kill().firstNanos();
        vm.close();
        long unused = LostSession.await(lab, "B", "A");
        vm = guest.keep(guest.hypervisor().start(guest.launch("b", image, true)));
        Snapshot.restore(vm, file);
        since.running().add(System.nanoTime() - killed);
        RedisWriter.begin(nic.address()).close();
        since.answered().add(System.nanoTime() - killed);
        lab.host("B").start();
      }
      vm.close();
    }
  }
}
