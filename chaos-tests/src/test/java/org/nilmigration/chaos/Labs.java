package org.nilmigration.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * Opens labs and closes them after each test. Closing fails the test when anything is left on the
 * machine. The logs and consoles of a failed test go to {@code target/labs/}.
 */
final class Labs implements AfterEachCallback {
  private final List<Lab> open = new ArrayList<>();
  private boolean regions;

  /** The region of a failed test is kept, too. */
  Labs keepingRegions() {
    regions = true;
    return this;
  }

  /** A lab with all its hosts running. */
  Lab start(LabOptions options) {
    Lab lab = prepare(options);
    for (LabHost host : lab.hosts()) {
      host.start();
    }
    return lab;
  }

  /** A lab whose hosts do not run yet. */
  Lab prepare(LabOptions options) {
    Lab lab = Lab.open(options);
    open.add(lab);
    return lab;
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    for (Lab lab : open) {
      try (lab) {
        if (context.getExecutionException().isPresent()) {
          save(lab, context);
        }
      }
    }
    open.clear();
  }

  private void save(Lab lab, ExtensionContext context) throws IOException {
    String test = context.getRequiredTestClass().getSimpleName() + "-" + context.getDisplayName();
    Path target = Path.of("target", "labs", test.replaceAll("[^A-Za-z0-9-]", "_")).toAbsolutePath();
    try (Stream<Path> files = Files.walk(lab.scratch())) {
      for (Path file : files.filter(Labs::worthKeeping).toList()) {
        Path copy = target.resolve(lab.scratch().relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    if (regions) {
      Files.createDirectories(target);
      lab.copyRegion(target.resolve("region-" + lab.scratch().getFileName()));
    }
    System.err.println("logs and consoles of the failed test: " + target);
  }

  private static boolean worthKeeping(Path file) {
    boolean log = file.toString().endsWith(".log") && Files.isRegularFile(file);
    return log || file.toString().endsWith(".pcap") || file.endsWith("host.yaml");
  }
}
