package org.nilmigration.daemon.chaos;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.cli.Table;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabOptions;
import org.nilmigration.daemon.lab.SharedMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code nilctl chaos run}. */
@Command(
    name = "run",
    sortOptions = false,
    description = {
      "Makes two hosts A and B on this machine, as 'nilctl demo' does, and a guest that tests its"
          + " memory, counts, and serves a client that writes all the time. Then plays scenarios"
          + " and checks each time that the guest goes on as the same boot, that no acknowledged"
          + " write is lost, and that nothing that left the guest is undone. Touches no other"
          + " cluster. Needs root. Removes all that it made.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything held",
      "1:something did not hold; the last line says what",
      "64:there is no such scenario",
      "69:this machine lacks something; the last line says what"
    })
final class ChaosRunCommand implements Callable<Integer> {
  private static final String RANDOM = "random";
  private static final long SHARED_MEMORY_MIN_MIB = 1536;
  private static final int INTERRUPTED = 130;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      defaultValue = RANDOM,
      description =
          "What to play: a name of --list, or '"
              + RANDOM
              + "' to draw one each time (default: "
              + "${DEFAULT-VALUE}).")
  private String scenario;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "10",
      description = "How often (default: ${DEFAULT-VALUE}).")
  private int iterations;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Draws the same scenarios and times as an earlier run; printed by each run.")
  private Long seed;

  @Option(names = "--list", description = "Only list the scenarios.")
  private boolean list;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (list) {
      printScenarios();
      return 0;
    }
    List<Scenario> scenarios = scenarios();
    requireIterations();
    SharedMemory.require("the hosts' shared memory", SHARED_MEMORY_MIN_MIB);
    GuestImage image = GuestImage.find();
    long drawn = seed == null ? System.nanoTime() : seed;
    System.err.printf("chaos: seed %d, guest image %s%n", drawn, image.initrd().getParent());
    return run(scenarios, drawn);
  }

  private void printScenarios() {
    Table table = new Table().text("SCENARIO").text("WHAT HAPPENS");
    for (Scenario each : Scenario.values()) {
      table.row(each.label(), each.description());
    }
    table.row(RANDOM, "one of these, drawn anew each time");
    PrintWriter out = out();
    table.print(out);
    out.flush();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private List<Scenario> scenarios() {
    List<Scenario> found =
        Arrays.stream(Scenario.values())
            .filter(each -> scenario.equals(RANDOM) || scenario.equals(each.label()))
            .toList();
    if (found.isEmpty()) {
      throw new FaultException(
          FaultKind.USAGE,
          "--scenario: found '%s', expected a name that 'nilctl chaos run --list' shows"
              .formatted(scenario));
    }
    return found;
  }

  private void requireIterations() {
    if (iterations < 1) {
      throw new FaultException(
          FaultKind.USAGE, "--iterations: found %d, expected at least 1".formatted(iterations));
    }
  }

  private int run(List<Scenario> scenarios, long drawn) {
    Lab lab = Lab.open(LabOptions.twoHosts());
    List<ChaosRun.Iteration> played = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    attempt(
        faults,
        () ->
            ChaosRun.play(
                lab,
                scenarios,
                iterations,
                drawn,
                iteration -> {
                  played.add(iteration);
                  System.err.printf(
                      Locale.ROOT,
                      "chaos: [%d/%d] %s %.1f s%n",
                      iteration.number(),
                      iterations,
                      iteration.scenario().label(),
                      seconds(iteration.took()));
                }));
    if (lab.interrupted()) {
      return INTERRUPTED;
    }
    if (!faults.isEmpty()) {
      lab.keepFiles();
      attempt(faults, () -> lab.copyRegion(lab.scratch().resolve("region")));
      System.err.println("chaos: logs, consoles and the region are kept in " + lab.scratch());
    }
    attempt(faults, lab::close);
    print(played, drawn);
    faults.forEach(fault -> System.err.println("chaos: " + fault));
    return faults.isEmpty() ? 0 : FaultKind.ERROR.exitCode();
  }

  private static void attempt(List<String> faults, Runnable step) {
    try {
      step.run();
    } catch (FaultException e) {
      faults.add(e.getMessage());
    }
  }

  private void print(List<ChaosRun.Iteration> played, long drawn) {
    Table table =
        new Table()
            .number("N")
            .text("SCENARIO")
            .text("OUTCOME")
            .number("SECONDS")
            .number("CLIENT WAITED MS");
    for (ChaosRun.Iteration iteration : played) {
      table.row(
          iteration.number(),
          iteration.scenario().label(),
          iteration.fault() == null ? "held" : "DID NOT HOLD",
          String.format(Locale.ROOT, "%.1f", seconds(iteration.took())),
          iteration.silence().toMillis());
    }
    PrintWriter out = out();
    table.print(out);
    out.println("seed " + drawn);
    out.flush();
  }

  private static double seconds(Duration took) {
    return took.toMillis() / 1e3;
  }
}
