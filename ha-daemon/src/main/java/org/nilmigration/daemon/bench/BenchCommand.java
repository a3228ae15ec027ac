package org.nilmigration.daemon.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.HtmlPage;
import org.nilmigration.daemon.bench.report.Machine;
import org.nilmigration.daemon.bench.report.Report;
import org.nilmigration.daemon.bench.section.Detection;
import org.nilmigration.daemon.bench.section.Endurance;
import org.nilmigration.daemon.bench.section.Epochs;
import org.nilmigration.daemon.bench.section.Floors;
import org.nilmigration.daemon.bench.section.Handoffs;
import org.nilmigration.daemon.bench.section.HostKills;
import org.nilmigration.daemon.bench.section.Idle;
import org.nilmigration.daemon.bench.section.Log;
import org.nilmigration.daemon.bench.section.Migrations;
import org.nilmigration.daemon.bench.section.Network;
import org.nilmigration.daemon.bench.section.Recovery;
import org.nilmigration.daemon.bench.section.Section;
import org.nilmigration.daemon.bench.section.Setting;
import org.nilmigration.daemon.bench.section.Slowdown;
import org.nilmigration.daemon.bench.section.Startup;
import org.nilmigration.daemon.bench.section.Takeovers;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.heartbeat.RealTimeProcess;
import org.nilmigration.migration.qemu.QemuHypervisor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code nilctl bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures on this machine what protection costs, how long moves and takeovers take, and how soon"
          + " a death is seen; each beside a floor or a peer measured in the same run. Needs root, and a"
          + " machine with nothing else to do. Removes all that it made.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every goal was met",
      "1:a goal was missed, see the column 'met'",
      "69:this machine lacks something; the last line says what"
    })
public final class BenchCommand implements Callable<Integer> {
  private static final HostKills KILLS = new HostKills();
  private static final List<Section> SECTIONS =
      List.of(
          new Floors(),
          new Log(),
          new Epochs(),
          new Slowdown(),
          new Handoffs(),
          new Migrations(),
          new Takeovers(KILLS),
          new Detection(KILLS),
          new Recovery(),
          new Network(),
          new Endurance(),
          new Idle(),
          new Startup());

  private enum Format {
    TABLE,
    JSON,
    HTML;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** For picocli. */
  static final class SectionNames extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    SectionNames() {
      super(SECTIONS.stream().map(Section::name).toList());
    }
  }

  @Option(names = "--quick", description = "A rough figure of everything, in a tenth of the time.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "SECTION",
      split = ",",
      completionCandidates = SectionNames.class,
      description = "Only these, separated by commas: ${COMPLETION-CANDIDATES} (default: all).")
  private List<String> only = List.of();

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
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description =
          "${COMPLETION-CANDIDATES}; html is one page with plots (default: ${DEFAULT-VALUE})")
  private Format format;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws Exception {
    List<Section> sections = chosen();
    List<MachineType> machines = machine == null ? List.of(MachineType.values()) : List.of(machine);
    List<Figure> figures = new ArrayList<>();
    Machine here = Machine.here(qemuVersion(), accelerator.name());
    try (Progress progress = Progress.onStandardError("bench", sections.size())) {
      Setting setting = new Setting(accelerator, GuestImage.find(), machines, quick, progress);
      for (Section section : sections) {
        progress.step(section.name());
        if (section.standsForDaemon()) {
          RealTimeProcess.run(() -> section.run(setting, figures::add));
        } else {
          section.run(setting, figures::add);
        }
      }
    }
    Report report = new Report(commandLine(), here, figures);
    print(report);
    return report.met() ? 0 : 1;
  }

  private List<Section> chosen() {
    Set<String> unknown =
        only.stream()
            .filter(word -> SECTIONS.stream().noneMatch(s -> s.name().equals(word)))
            .collect(Collectors.toSet());
    if (!unknown.isEmpty()) {
      throw new FaultException(
          FaultKind.USAGE,
          "--only: found %s, expected some of %s"
              .formatted(String.join(",", unknown), String.join(",", new SectionNames())));
    }
    return SECTIONS.stream().filter(s -> only.isEmpty() || only.contains(s.name())).toList();
  }

  private String qemuVersion() {
    try (QemuHypervisor hypervisor =
        new QemuHypervisor(new QemuConfig("qemu-system-x86_64", accelerator))) {
      return hypervisor.traits().version();
    }
  }

  private String commandLine() {
    List<String> words = command.commandLine().getParseResult().originalArgs();
    return "nilctl bench " + String.join(" ", words);
  }

  private void print(Report report) {
    PrintWriter out = command.commandLine().getOut();
    switch (format) {
      case TABLE -> report.printTable(out);
      case JSON -> out.println(Json.write(report));
      case HTML -> out.print(HtmlPage.of(report));
    }
    out.flush();
  }
}
