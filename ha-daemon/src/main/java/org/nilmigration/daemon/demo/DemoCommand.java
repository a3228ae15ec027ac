package org.nilmigration.daemon.demo;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabOptions;
import org.nilmigration.daemon.lab.SharedMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nilctl demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Shows the main job on this machine, with real guests and real crashes: two hosts A and B, a"
          + " guest that tests its memory and counts; moves it from A to B, kills host B, and"
          + " checks that the guest goes on on A. All the time a client writes to the guest's Redis"
          + " and checks that no acknowledged write is lost. Needs root. Removes all that it made.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything held",
      "1:something did not hold; the last lines say what",
      "69:this machine lacks something; the last line says what"
    })
public final class DemoCommand implements Callable<Integer> {
  /** How the result is printed. */
  enum Output {
    TEXT,
    JSON
  }

  private static final long SHARED_MEMORY_MIN_MIB = 1536;
  private static final int INTERRUPTED = 130;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      defaultValue = "text",
      description = "How the result is printed (default: ${DEFAULT-VALUE}).")
  private Output output;

  @Option(
      names = "--machine",
      paramLabel = "microvm|q35",
      defaultValue = "q35",
      description = {
        "Machine type of the guest (default: ${DEFAULT-VALUE}). The guest finds no network interface"
            + " on a microvm, so there is no client then."
      })
  private MachineType machine;

  @Option(
      names = "--accelerator",
      paramLabel = "tcg|kvm",
      defaultValue = "tcg",
      description = "What runs the guest: QEMU's emulation, or KVM (default: ${DEFAULT-VALUE}).")
  private Accelerator accelerator;

  @Option(names = "--keep", description = "Keep the hosts' logs, consoles and configurations.")
  private boolean keep;

  @Override
  public Integer call() {
    SharedMemory.require("the demo's shared memory", SHARED_MEMORY_MIN_MIB);
    Findings findings = new Findings(lower(machine), lower(accelerator));
    int code;
    try (Progress progress = Progress.onStandardError("demo", Demo.STEPS)) {
      code = run(progress, findings);
    }
    if (code == INTERRUPTED) {
      return code;
    }
    DemoReport report = findings.report();
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    out.println(output == Output.JSON ? Json.write(report) : DemoText.of(report));
    return report.ok() ? 0 : Math.max(code, 1);
  }

  private int run(Progress progress, Findings findings) {
    progress.step("preparing the guest's kernel and initramfs");
    GuestImage image = GuestImage.find();
    Lab lab = Lab.open(LabOptions.twoHosts().withAccelerator(accelerator));
    Optional<FaultException> stopped =
        Demo.judged(findings, () -> new Demo(lab, progress, findings).run(image, machine));
    if (lab.interrupted()) {
      return INTERRUPTED;
    }
    progress.step("removing hosts, guest and shared memory");
    boolean held = findings.report().ok();
    if (keep || !held) {
      lab.keepFiles();
    }
    Optional<FaultException> remains = Demo.judged(findings, lab::close);
    if (keep || !held) {
      progress.close();
      System.err.println("demo: logs, consoles and configurations are kept in " + lab.scratch());
    }
    return stopped.or(() -> remains).map(fault -> fault.kind().exitCode()).orElse(0);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
