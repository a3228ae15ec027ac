package org.nilmigration.daemon.bench.section;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.daemon.lab.NilHome;

/**
 * What the shortest of all commands takes, beside a program that prints one line and is run by the
 * same JDK without any option; by turns.
 */
public final class Startup implements Section {
  private static final Goal GOAL = Goal.atMost(4);
  private static final String JAVA_HOME = System.getProperty("java.home");

  @Override
  public String name() {
    return "startup";
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    List<String> nilctl =
        List.of(NilHome.directory().resolve("bin/nilctl").toString(), "--version");
    Path directory = Files.createTempDirectory("nil-bench-");
    directory.toFile().deleteOnExit();
    try {
      List<String> hello = hello(directory);
      Samples ours = new Samples();
      Samples bare = new Samples();
      int count = setting.times(5, 40);
      for (int i = 1; i <= count; i++) {
        setting.doing(this, "start %d of %d".formatted(i, count));
        bare.add(time(hello));
        ours.add(time(nilctl));
      }
      figures.accept(
          Figure.medians(
              name() + ".nilctl_version_ms.p50", ours, "bare JVM hello world", bare, GOAL));
    } finally {
      delete(directory);
    }
  }

  /** Command line of a program that is alone in that directory, so that nothing else is opened. */
  private static List<String> hello(Path directory) throws IOException {
    String name = HelloWorld.class.getName();
    Path file = directory;
    for (String part : (name.replace('.', '/') + ".class").split("/")) {
      file = file.resolve(part);
      file.toFile().deleteOnExit();
    }
    Files.createDirectories(file.getParent());
    try (InputStream code = HelloWorld.class.getResourceAsStream(file.getFileName().toString())) {
      Files.copy(code, file);
    }
    return List.of(Path.of(JAVA_HOME, "bin/java").toString(), "-cp", directory.toString(), name);
  }

  private static long time(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("JAVA_HOME", JAVA_HOME);
    long start = System.nanoTime();
    int exitCode = builder.start().waitFor();
    long nanos = System.nanoTime() - start;
    if (exitCode != 0) {
      throw new FaultException(
          FaultKind.ERROR,
          "'%s': found exit code %d, expected 0".formatted(String.join(" ", command), exitCode));
    }
    return nanos;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
