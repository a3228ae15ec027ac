package org.nilmigration.daemon.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The start cache of a packaged nilctl, with the JDK's real java. */
class StartCacheIT {
  private static final Path PACKAGE = Path.of(System.getProperty("nil.package"));
  private static final Duration MADE_WITHIN = Duration.ofMinutes(2);
  private static final int DAMAGED_BYTES = 64 << 10;

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private Path home;

  @BeforeEach
  void unpack() throws IOException {
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PATH", "/usr/bin:/bin");
    home = directory.resolve("package");
    try (Stream<Path> files = Files.walk(PACKAGE, FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : files.filter(StartCacheIT::isShipped).toList()) {
        Path copy = home.resolve(PACKAGE.relativize(file).toString());
        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  /** Not what earlier starts from there have made. */
  private static boolean isShipped(Path file) {
    return !PACKAGE.relativize(file).toString().startsWith("lib/start-");
  }

  private ProgramRun nilctl(String... arguments) throws IOException, InterruptedException {
    return ProgramRun.of(
        directory,
        environment,
        Stream.concat(Stream.of(home + "/bin/nilctl"), Stream.of(arguments)).toList());
  }

  private ProgramRun quietly() {
    try {
      return nilctl("--version");
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertStarts() throws IOException, InterruptedException {
    ProgramRun run = nilctl("--version");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("nil-migration HA ").hasLineCount(1);
    assertThat(run.exitCode()).isZero();
  }

  private List<Path> made() {
    try (Stream<Path> files = Files.walk(home.resolve("lib"))) {
      return files.filter(file -> file.endsWith("made")).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path awaitCache() {
    await().atMost(MADE_WITHIN).until(() -> made().size() == 1);
    return made().getFirst().resolveSibling("nilctl.aot");
  }

  /** What of this start came from the cache: the JVM's own log of loaded classes. */
  private List<String> fromCache() throws IOException, InterruptedException {
    Path log = directory.resolve("classes.log");
    environment.put("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + log);
    ProgramRun run = nilctl("--version");
    environment.remove("JDK_JAVA_OPTIONS");
    assertThat(run.exitCode()).as(run.err()).isZero();
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> line.contains("source: shared objects file")).toList();
    }
  }

  private void assertUsed() throws IOException, InterruptedException {
    assertThat(fromCache())
        .anyMatch(line -> line.contains(" org.nilmigration.daemon.nilctl.NilctlMain "))
        .anyMatch(line -> line.contains(" picocli.CommandLine "));
  }

  private void assertNotUsed() throws IOException, InterruptedException {
    assertThat(fromCache()).noneMatch(line -> line.contains("org.nilmigration"));
  }

  @Test
  void theFirstStartHasItMadeAndLaterOnesUseIt() throws Exception {
    assertNotUsed();
    ProgramRun help = nilctl("vm", "migrate", "--help");
    Path cache = awaitCache();
    assertUsed();
    assertStarts();
    assertThat(nilctl("vm", "migrate", "--help")).isEqualTo(help);
    try (Stream<Path> files = Files.list(cache.getParent())) {
      for (Path file : Stream.concat(Stream.of(cache.getParent()), files).toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as("%s is code: nobody else may write it", file)
            .matches("....-..-.");
      }
    }
  }

  @Test
  void aDamagedCacheIsHarmlessAndMadeAgain() throws Exception {
    assertStarts();
    Path cache = awaitCache();
    long size = Files.size(cache);
    Path whole = Files.copy(cache, directory.resolve("whole"));
    environment.put("PATH", withoutMaker());
    for (long at : List.of(0L, size / 4, size / 2, size * 3 / 4, size - DAMAGED_BYTES)) {
      Files.copy(whole, cache, StandardCopyOption.REPLACE_EXISTING);
      overwrite(cache, at);
      assertStarts();
      assertNotUsed();
    }
    for (long length : List.of(0L, 100L, size / 2, size - 1)) {
      Files.copy(whole, cache, StandardCopyOption.REPLACE_EXISTING);
      try (RandomAccessFile file = new RandomAccessFile(cache.toFile(), "rw")) {
        file.setLength(length);
      }
      assertStarts();
      assertNotUsed();
    }
    Files.copy(whole, cache, StandardCopyOption.REPLACE_EXISTING);
    Files.move(cache.resolveSibling("picocli.jar"), directory.resolve("picocli.jar"));
    assertStarts();
    Files.move(directory.resolve("picocli.jar"), cache.resolveSibling("picocli.jar"));
    assertUsed();

    Files.delete(cache);
    environment.put("PATH", "/usr/bin:/bin");
    assertStarts();
    awaitNewCache(cache, FileTime.fromMillis(0));
    assertUsed();
  }

  /** A PATH on which the making of a cache fails at once, so that a damaged one stays. */
  private String withoutMaker() throws IOException {
    Path tools = Files.createDirectories(directory.resolve("tools"));
    Files.createSymbolicLink(tools.resolve("flock"), Path.of("/bin/false"));
    return tools + ":/usr/bin:/bin";
  }

  private void awaitNewCache(Path cache, FileTime after) {
    await()
        .atMost(MADE_WITHIN)
        .ignoreExceptions()
        .until(() -> Files.getLastModifiedTime(cache).compareTo(after) > 0 && made().size() == 1);
  }

  private static void overwrite(Path file, long at) throws IOException {
    byte[] noise = new byte[DAMAGED_BYTES];
    new Random(at).nextBytes(noise);
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      open.write(noise);
    }
  }

  /** Reproducible builds give their jars one time, and a change may keep the size. */
  @Test
  void aReplacedJarHasItMadeAgain() throws Exception {
    assertStarts();
    Path cache = awaitCache();
    FileTime before = Files.getLastModifiedTime(cache);
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      Path jar = jars.filter(file -> file.toString().contains("nil-ha-daemon")).findFirst().get();
      Path same = directory.resolve("same.jar");
      Files.copy(jar, same, StandardCopyOption.COPY_ATTRIBUTES);
      Files.move(same, jar, StandardCopyOption.REPLACE_EXISTING);
    }
    assertNotUsed();
    awaitNewCache(cache, before);
    assertUsed();
  }

  @Test
  void firstStartsAtTheSameTimeMakeOne() throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<ProgramRun>> starts =
          IntStream.range(0, 4)
              .mapToObj(i -> CompletableFuture.supplyAsync(this::quietly, executor))
              .toList();
      for (CompletableFuture<ProgramRun> start : starts) {
        assertThat(start.join().exitCode()).as(start.join().err()).isZero();
        assertThat(start.join().err()).isEmpty();
      }
    }
    Path cache = awaitCache();
    assertUsed();
    try (Stream<Path> files = Files.list(cache.getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("made", "nilctl.aot", "picocli.jar");
    }
  }

  @Test
  void optionsOfTheUserThatDoNotFitItAreNoFault() throws Exception {
    assertStarts();
    Path unused = awaitCache();
    for (String options :
        List.of("-Xshare:off", "-Xshare:auto", "-XX:-UseCompressedOops", "-Xmx64m")) {
      environment.put("JDK_JAVA_OPTIONS", options);
      ProgramRun run = nilctl("--version");
      assertThat(run.exitCode()).as(options + ": " + run.err()).isZero();
      assertThat(run.out()).as(options).startsWith("nil-migration HA ").hasLineCount(1);
    }
  }
}
