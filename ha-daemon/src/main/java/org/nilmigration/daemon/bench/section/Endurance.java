package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/** Whether daemon and QEMU grow over thousands of epochs. */
public final class Endurance implements Section {
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final int WARM_UP_EPOCHS = 1000;
  private static final Goal MEMORY_MIB = Goal.atMost(16);
  private static final Goal NONE = Goal.atMost(0);
  private static final List<String> HOSTS = List.of("A", "B");
  private static final List<String> ROLES = List.of("owner", "standby");

  @Override
  public String name() {
    return "endurance";
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) {
    int epochs = setting.times(500, 5000);
    try (Lab lab = Lab.open(LabOptions.twoHosts().withAccelerator(setting.accelerator()))) {
      HOSTS.forEach(host -> lab.host(host).start());
      LabGuest guest = new LabGuest(lab, "bench");
      lab.host("A")
          .api()
          .apply(LabGuest.config("bench", setting.image(), setting.machines().getFirst(), "", "A"));
      guest.awaitProtected("A", "B", WITHIN);
      awaitEpoch(setting, lab, WARM_UP_EPOCHS);
      List<Footprint> before = footprints(lab);
      awaitEpoch(setting, lab, WARM_UP_EPOCHS + epochs);
      List<Footprint> after = footprints(lab);
      for (int i = 0; i < ROLES.size(); i++) {
        String figure = name() + "." + ROLES.get(i) + "_growth.";
        Footprint was = before.get(i);
        Footprint is = after.get(i);
        double mib = (is.anonymousBytes() - was.anonymousBytes()) / (double) (1 << 20);
        figures.accept(Figure.absolute(figure + "memory_mib", mib, MEMORY_MIB));
        figures.accept(
            Figure.absolute(
                figure + "descriptors", (double) (is.descriptors() - was.descriptors()), NONE));
        figures.accept(
            Figure.absolute(figure + "threads", (double) (is.threads() - was.threads()), NONE));
      }
    }
  }

  private void awaitEpoch(Setting setting, Lab lab, long epoch) {
    setting.doing(this, "epoch " + epoch);
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
    return HOSTS.stream().map(host -> Footprint.of(lab.host(host).processes())).toList();
  }
}
