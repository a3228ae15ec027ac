package org.nilmigration.daemon.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.daemon.cli.Table;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.migration.hypervisor.GuestProcess;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nilctl bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures epoch pause, handoff blackout, takeover, moves under load and the network on this machine, each against its floor"
          + " where there is one: the same done by QEMU alone, in the same run. Needs root. Removes"
          + " all that it made.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every goal was met",
      "1:a goal was missed, see the column 'met'",
      "69:this machine lacks something; the last line says what"
    })
public final class BenchCommand implements Callable<Integer> {
  private static final int STEPS_PER_MACHINE = 8;

  @Mixin private OutputOption output;

  @Option(
      names = "--machine",
      paramLabel = "microvm|q35",
      description = "Measure only this machine type (default: both).")
  private MachineType machine;

  @Option(
      names = "--accelerator",
      paramLabel = "tcg|kvm",
      defaultValue = "tcg",
      description = "What runs the guests (default: ${DEFAULT-VALUE}).")
  private Accelerator accelerator;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "400",
      description = "Epochs, and bare floors, to measure (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--handoffs",
      paramLabel = "N",
      defaultValue = "40",
      description = "Handoffs, and bare ones, to measure (default: ${DEFAULT-VALUE}).")
  private int handoffs;

  @Option(
      names = "--takeovers",
      paramLabel = "N",
      defaultValue = "20",
      description = "Host kills to measure, 0 for none (default: ${DEFAULT-VALUE}).")
  private int takeovers;

  @Option(
      names = "--endurance",
      paramLabel = "N",
      defaultValue = "5000",
      description =
          "Epochs over which daemon and QEMU must not grow, 0 for none (default:"
              + " ${DEFAULT-VALUE}).")
  private int endurance;

  @Option(
      names = "--pings",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Requests of one client, beside throughput, to a guest unprotected, with its output gate"
              + " off and on; 0 leaves the network out (default: ${DEFAULT-VALUE}).")
  private int pings;

  @Option(
      names = "--migrations",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "Moves of a guest that rewrites its memory, and pre-copies by QEMU alone beside them; 0"
              + " leaves them out (default: ${DEFAULT-VALUE}).")
  private int migrations;

  @Override
  public Integer call() throws Exception {
    requirePositive("--epochs", epochs, 2);
    requirePositive("--handoffs", handoffs, 2);
    requirePositive("--takeovers", takeovers, 0);
    requirePositive("--endurance", endurance, 0);
    requirePositive("--pings", pings, 0);
    requirePositive("--migrations", migrations, 0);
    List<MachineType> machines = machine == null ? List.of(MachineType.values()) : List.of(machine);
    List<Figure> figures = new ArrayList<>();
    int steps =
        machines.size() * (STEPS_PER_MACHINE + takeovers)
            + (pings > 0 ? NetworkBench.STEPS : 0)
            + (migrations > 0 ? MigrationBench.STEPS : 0);
    try (Progress progress = Progress.onStandardError("bench", steps)) {
      GuestImage image = GuestImage.find();
      for (MachineType type : machines) {
        figures.addAll(measure(type, image, progress));
      }
      if (migrations > 0) {
        figures.addAll(
            new MigrationBench(machines.getFirst(), accelerator, image, migrations, progress)
                .run());
      }
      if (pings > 0) {
        figures.addAll(new NetworkBench(accelerator, image, progress, pings).run());
      }
    }
    output.print(figures, out -> table(figures).print(out));
    return figures.stream().anyMatch(f -> Boolean.FALSE.equals(f.met())) ? 1 : 0;
  }

  private List<Figure> measure(MachineType type, GuestImage image, Progress progress)
      throws Exception {
    String prefix = type.name().toLowerCase(Locale.ROOT);
    List<Figure> figures = new ArrayList<>(inOneProcess(type, prefix, image, progress));
    if (takeovers > 0 || endurance > 0) {
      figures.addAll(
          new ClusterBench(accelerator, image, progress).run(type, takeovers, endurance));
    }
    return figures;
  }

  private List<Figure> inOneProcess(
      MachineType type, String prefix, GuestImage image, Progress progress) throws Exception {
    try (BenchGuest guest = new BenchGuest(type, accelerator, image)) {
      progress.step(prefix + ": booting the guest");
      MappedFile live = guest.newImage();
      GuestProcess vm = guest.boot(live);
      List<Figure> figures =
          new ArrayList<>(new EpochBench(prefix, epochs, progress).run(guest, vm, live));
      figures.addAll(
          new HandoffBench(prefix, handoffs, progress).run(new MovingGuest(guest, vm, live)));
      return figures;
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "bench: cannot set up its guest under /dev/shm: " + e, e);
    }
  }

  private static Table table(List<Figure> figures) {
    Table table =
        new Table()
            .text("figure")
            .number("value")
            .number("floor")
            .number("ratio")
            .number("goal")
            .text("met");
    for (Figure f : figures) {
      table.row(
          f.figure(),
          number(f.value()),
          number(f.floor()),
          number(f.ratio()),
          number(f.goal()),
          f.met() == null ? null : f.met() ? "yes" : "NO");
    }
    return table;
  }

  private static String number(Double value) {
    return value == null ? null : String.format(Locale.ROOT, "%.2f", value);
  }

  private static void requirePositive(String option, int value, int least) {
    if (value < least) {
      throw new FaultException(
          FaultKind.USAGE, "%s: found %d, expected at least %d".formatted(option, value, least));
    }
  }
}
