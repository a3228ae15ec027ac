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
    Samples ours = new Samples();
    Samples restored = new Samples();
    Samples restore = new Samples();
    try (Lab lab = LostSession.openLab(setting)) {
      lab.host("A").start();
      lab.host("B").start();
      restores(setting, lab, restored, restore);
      takeovers(setting, lab, ours);
    }
    String figure = name() + ".killed_to_answer_ms.";
    String against = "snapshot restored after a " + LostSession.PEER;
    figures.accept(Figure.medians(figure + "p50", ours, against, restored, SNAPSHOT));
    figures.accept(Figure.absolute(figure + "p99", ours.p99Millis(), null));
    figures.accept(
        Figure.absolute(name() + ".snapshot_restore_to_answer_ms.p50", restore.medianMillis(), null)
            .with(restore.distribution("snapshot restored to answer")));
  }

  private void takeovers(Setting setting, Lab lab, Samples killedToAnswer) {
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
          kill ->
              killedToAnswer.add(
                  client.awaitAnswerAfter(kill.suspectedNanos(), WITHIN) - kill.killedNanos()));
      List<String> faults = client.finish().faults();
      if (!faults.isEmpty()) {
        throw new FaultException(FaultKind.ERROR, "recovery: " + String.join("; ", faults));
      }
    }
  }

  /**
   * Host B stands for the machine on which QEMU runs: both are killed together.
   *
   * @param killedToAnswer with the session
   * @param restoreToAnswer without it
   */
  private void restores(Setting setting, Lab lab, Samples killedToAnswer, Samples restoreToAnswer)
      throws Exception {
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
        long lost = LostSession.await(lab, "B", "A");
        vm = guest.keep(guest.hypervisor().start(guest.launch("b", image, true)));
        Snapshot.restore(vm, file);
        RedisWriter.begin(nic.address()).close();
        long answered = System.nanoTime();
        killedToAnswer.add(answered - killed);
        restoreToAnswer.add(answered - lost);
        lab.host("B").start();
      }
      vm.close();
    }
  }
}
