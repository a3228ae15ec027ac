package org.nilmigration.daemon.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * What only whole hosts show: takeovers after the owner's process tree was killed, and whether
 * daemon and QEMU grow over thousands of epochs.
 */
final class ClusterBench {
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final double TAKEOVER_GOAL_MS = 50;
  private static final int WARM_UP_EPOCHS = 1000;
  private static final double MEMORY_GOAL_MIB = 16;

  private final Accelerator accelerator;
  private final GuestImage image;
  private final Progress progress;

  ClusterBench(Accelerator accelerator, GuestImage image, Progress progress) {
    this.accelerator = accelerator;
    this.image = image;
    this.progress = progress;
  }

  List<Figure> run(MachineType machine, int takeovers, int enduranceEpochs) {
    String prefix = machine.name().toLowerCase(Locale.ROOT);
    List<Figure> figures = new ArrayList<>();
    try (Lab lab = Lab.open(LabOptions.twoHosts().withAccelerator(accelerator))) {
      progress.step(prefix + ": two hosts and a guest");
      lab.host("A").start();
      lab.host("B").start();
      LabGuest guest = new LabGuest(lab, "bench");
      lab.host("A").api().apply(LabGuest.config("bench", image, machine, "", "A"));
      guest.awaitProtected("A", "B", WITHIN);
      if (enduranceEpochs > 0) {
        figures.addAll(endurance(prefix, lab, enduranceEpochs));
      }
      if (takeovers > 0) {
        figures.addAll(takeovers(prefix, lab, guest, takeovers));
      }
    }
    return figures;
  }

  private List<Figure> takeovers(String prefix, Lab lab, LabGuest guest, int count) {
    Samples resume = new Samples();
    Samples detection = new Samples();
    String owner = "A";
    String standby = "B";
    for (int i = 1; i <= count; i++) {
      progress.step(prefix + ": takeover " + i + " of " + count);
      long generation = guest.awaitProtected(owner, standby, WITHIN).generation();
      long killed = lab.host(owner).kill().firstNanos();
      Map<String, String> evidence = takeover(guest, standby, generation + 1).evidence();
      long suspected = Long.parseLong(evidence.get("suspectedNanos"));
      detection.add(suspected - killed);
      resume.add(Long.parseLong(evidence.get("runningNanos")) - suspected);
      lab.host(owner).start();
      String next = standby;
      standby = owner;
      owner = next;
    }
    return List.of(
        Figure.absolute(prefix + ".takeover_ms.p50", resume.medianMillis(), null),
        Figure.absolute(prefix + ".takeover_ms.p99", resume.p99Millis(), TAKEOVER_GOAL_MS),
        Figure.absolute(prefix + ".detection_ms.p50", detection.medianMillis(), null),
        Figure.absolute(prefix + ".detection_ms.p99", detection.p99Millis(), null));
  }

  private static HistoryDocument takeover(LabGuest guest, String by, long generation) {
    return guest.awaitTakeover(by, generation, WITHIN);
  }

  private List<Figure> endurance(String prefix, Lab lab, int epochs) {
    awaitEpoch(prefix, lab, WARM_UP_EPOCHS);
    List<Footprint> before = footprints(lab);
    awaitEpoch(prefix, lab, WARM_UP_EPOCHS + epochs);
    List<Footprint> after = footprints(lab);
    List<Figure> figures = new ArrayList<>();
    List<String> names = List.of("owner_host", "standby_host");
    for (int i = 0; i < names.size(); i++) {
      String figure = prefix + "." + names.get(i) + "_growth_over_" + epochs + "_epochs.";
      Footprint was = before.get(i);
      Footprint is = after.get(i);
      figures.add(
          Figure.absolute(
              figure + "memory_mib",
              (is.anonymousBytes() - was.anonymousBytes()) / (double) (1 << 20),
              MEMORY_GOAL_MIB));
      figures.add(
          Figure.absolute(
              figure + "descriptors", (double) (is.descriptors() - was.descriptors()), 0.0));
      figures.add(
          Figure.absolute(figure + "threads", (double) (is.threads() - was.threads()), 0.0));
    }
    return figures;
  }

  private void awaitEpoch(String prefix, Lab lab, long epoch) {
    progress.step(prefix + ": epoch " + epoch);
    RoleDocument reached =
        Await.until(
            "epoch " + epoch + " of guest bench",
            WITHIN.plusSeconds(epoch / 5),
            () ->
                Optional.ofNullable(lab.host("A").api().guest("bench").here())
                    .filter(here -> here.epoch() >= epoch));
    if (!reached.protection()) {
      throw new FaultException(
          FaultKind.ERROR, "guest bench lost its protection during the endurance run");
    }
  }

  private static List<Footprint> footprints(Lab lab) {
    return List.of(
        Footprint.of(lab.host("A").processes()), Footprint.of(lab.host("B").processes()));
  }
}
