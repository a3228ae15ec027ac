package org.nilmigration.daemon.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shell side of nild and nilctl, with a JDK and a Maven that only say how they were called. */
class LauncherIT {
  private static final Path BIN = Path.of("bin").toAbsolutePath();
  private static final String FAKE_JAVA = "#!/bin/bash\nprintf '%s\\n' \"$@\"\n";
  private static final String FAKE_MAVEN =
      """
      #!/bin/bash
      echo built >> "$MAVEN_CALLS"
      sleep 0.3
      if [[ -e $MAVEN_FAILS ]]; then
        echo '[INFO] noise'; echo '[ERROR] Foo.java:[1,2] no such symbol'; echo '[ERROR] [Help 1] noise'
        exit 1
      fi
      lib=${MAVEN_CALLS%/*}/checkout/ha-daemon/target/nil-migration-ha-1/lib
      mkdir -p "$lib"; cp "$MAVEN_CALLS" "$lib/nil.jar"
      """;

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void prepare() throws IOException {
    fakeJdk(directory.resolve("jdk"), "25.0.3");
    executable(directory.resolve("tools/mvn"), FAKE_MAVEN);
    environment.put("JAVA_HOME", directory.resolve("jdk").toString());
    environment.put("PATH", directory.resolve("tools") + ":/usr/bin:/bin");
    environment.put("MAVEN_CALLS", directory.resolve("calls").toString());
    environment.put("MAVEN_FAILS", directory.resolve("fails").toString());
  }

  private static void executable(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void fakeJdk(Path home, String version) throws IOException {
    executable(home.resolve("bin/java"), FAKE_JAVA);
    executable(home.resolve("bin/javac"), FAKE_JAVA);
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
  }

  private Path packaged() throws IOException {
    Path home = directory.resolve("package");
    copyPrograms(home);
    Files.createDirectories(home.resolve("lib"));
    return home;
  }

  private Path checkout() throws IOException {
    Path home = directory.resolve("checkout/ha-daemon");
    copyPrograms(home);
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(home.resolve("../pom.xml"), "");
    Path source = home.resolve("../config/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "");
    return home;
  }

  private static void copyPrograms(Path home) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    try (var programs = Files.list(BIN)) {
      for (Path program : programs.toList()) {
        Files.copy(program, home.resolve("bin").resolve(program.getFileName()));
      }
    }
  }

  private ProgramRun run(String... command) throws IOException, InterruptedException {
    return ProgramRun.of(directory, environment, List.of(command));
  }

  private int builds() throws IOException {
    Path calls = directory.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  @Test
  void thePackageStartsThroughALinkFromAnywhere() throws Exception {
    Path home = packaged();
    Path link = Files.createSymbolicLink(directory.resolve("nild"), home.resolve("bin/nild"));
    ProgramRun run = run(link.toString(), "--config", "a file.yaml");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().lines())
        .containsExactly(
            "@" + home + "/config/nild.jvmoptions",
            "-Dnil.home=" + home,
            "-cp",
            home + "/lib/*",
            "org.nilmigration.daemon.nild.NildMain",
            "--config",
            "a file.yaml");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void nilctlStartsFastExceptWhereItMeasures() throws Exception {
    Path home = packaged();
    String nilctl = home + "/bin/nilctl";
    assertThat(run(nilctl, "vm", "show", "bench").out()).contains("/nilctl.jvmoptions");
    awaitCache(home);
    assertThat(run(nilctl, "--config", "f", "vm", "list").out()).contains("/nilctl.jvmoptions");
    assertThat(run(nilctl, "pause", "demo").out()).contains("/nilctl.jvmoptions");
  }

  /** This JDK makes none, which is seen only after the command has ended. */
  private static Path awaitCache(Path home) {
    Path made = home.resolve("lib/start-x-25.0.3/made");
    await().until(() -> Files.exists(made));
    return made;
  }

  @Test
  void aStartCacheThatCannotBeMadeIsTriedOnce() throws Exception {
    Path home = packaged();
    ProgramRun first = run(home + "/bin/nilctl", "vm", "list");
    Path made = awaitCache(home);
    assertThat(made.getParent()).isDirectoryNotContaining(file -> !file.equals(made));
    FileTime before = Files.getLastModifiedTime(made);
    ProgramRun second = run(home + "/bin/nilctl", "vm", "list");
    assertThat(second).isEqualTo(first);
    assertThat(classPath(second)).isEqualTo(home + "/lib/*");
    assertThat(Files.getLastModifiedTime(made)).isEqualTo(before);
  }

  @Test
  void nildHasNoStartCache() throws Exception {
    Path home = packaged();
    assertThat(run(home + "/bin/nild").exitCode()).isZero();
    assertThat(home.resolve("lib")).isEmptyDirectory();
  }

  @Test
  void whatMakesHostsRunsInANetworkOfItsOwn() throws Exception {
    Path home = packaged();
    executable(home.resolve("bin/setup"), "#!/bin/bash\n");
    executable(
        directory.resolve("jdk/bin/java"),
        "#!/bin/bash\nreadlink /proc/self/ns/net \"$NIL_OUTSIDE_NETWORK\"; ip -brief link\n");
    ProgramRun run = run(home + "/bin/nilctl", "demo");
    if (System.getProperty("user.name").equals("root")) {
      assertThat(run.exitCode()).as(run.err()).isZero();
      List<String> lines = run.out().lines().toList();
      assertThat(lines).hasSize(3).doesNotHaveDuplicates();
      assertThat(lines.getLast()).startsWith("lo").contains("LOWER_UP");
    } else {
      assertThat(run.exitCode()).isEqualTo(69);
      assertThat(run.err().lines()).singleElement().asString().contains("expected root");
    }
  }

  @Test
  void withoutAJdk25OneSentenceSaysWhatToInstall() throws Exception {
    String launcher = packaged() + "/bin/launcher.sh";
    ProgramRun run =
        run(
            "/bin/bash",
            "-c",
            ". '" + launcher + "'; nil_find_jdk25() { return 1; }; nil_require_jdk25; echo on");
    assertThat(run.exitCode()).isEqualTo(69);
    assertThat(run.err().lines()).singleElement().asString().contains("JDK 25", "install");
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"17.0.15", "21", "2.5", "250", "26-ea"})
  void anotherReleaseIsNo25(String version) throws Exception {
    fakeJdk(directory.resolve("jdk"), version);
    String launcher = packaged() + "/bin/launcher.sh";
    ProgramRun run =
        run("/bin/bash", "-c", ". '" + launcher + "'; nil_is_jdk25 \"$JAVA_HOME\" java");
    assertThat(run.exitCode()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"25", "25.0.3", "25.0.3.1"})
  void everyReleaseOf25WillDo(String version) throws Exception {
    fakeJdk(directory.resolve("jdk"), version);
    assertThat(run(packaged() + "/bin/nild").out()).contains("NildMain");
  }

  @Test
  void aCheckoutIsBuiltOnFirstUseAndWhenItsSourcesChange() throws Exception {
    Path home = checkout();
    String nild = home + "/bin/nild";
    ProgramRun first = run(nild);
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.err().lines()).singleElement().asString().contains("building");
    assertThat(builds()).isEqualTo(1);

    ProgramRun second = run(nild);
    assertThat(second.err()).isEmpty();
    assertThat(builds()).isEqualTo(1);

    Path source = home.resolve("../config/src/main/java/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plus(Duration.ofSeconds(2))));
    ProgramRun third = run(nild);
    assertThat(builds()).isEqualTo(2);
    assertThat(classPath(third)).isNotEqualTo(classPath(second));
  }

  private static String classPath(ProgramRun run) {
    List<String> lines = run.out().lines().toList();
    return lines.get(lines.indexOf("-cp") + 1);
  }

  @Test
  void aBuildTakesTheJarsAndNoStartCacheThatSomebodyMadeBesideThem() throws Exception {
    Path home = checkout();
    Path cache = home.resolve("target/nil-migration-ha-1/lib/start-x-25.0.3");
    Files.createDirectories(cache);
    Files.writeString(cache.resolve("made"), "1 2");
    Files.writeString(cache.resolve("nilctl.aot"), "of other jars");
    assertThat(run(home + "/bin/nild").exitCode()).isZero();
    Path lib = home.resolve("target/run/current/lib");
    assertThat(lib.resolve("nil.jar")).exists();
    assertThat(lib.resolve("start-x-25.0.3/made")).isEmptyFile();
    assertThat(lib.resolve("start-x-25.0.3/nilctl.aot")).doesNotExist();
  }

  @Test
  void aTestOrABuildResultIsNoReasonToBuild() throws Exception {
    Path home = checkout();
    assertThat(run(home + "/bin/nild").exitCode()).isZero();
    FileTime later = FileTime.from(Instant.now().plus(Duration.ofSeconds(2)));
    for (String file : List.of("src/test/java/T.java", "target/classes/A.class", "README.md")) {
      Path path = home.resolve(file);
      Files.createDirectories(path.getParent());
      Files.setLastModifiedTime(Files.writeString(path, ""), later);
    }
    assertThat(run(home + "/bin/nild").exitCode()).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void startsAtTheSameTimeBuildOnce() throws Exception {
    String nild = checkout() + "/bin/nild";
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<ProgramRun>> starts = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        starts.add(CompletableFuture.supplyAsync(() -> quietly(nild), executor));
      }
      for (CompletableFuture<ProgramRun> start : starts) {
        assertThat(start.join().exitCode()).as(start.join().err()).isZero();
      }
    }
    assertThat(builds()).isEqualTo(1);
  }

  private ProgramRun quietly(String program) {
    try {
      return run(program);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFailedBuildShowsItsErrorsAndIsTriedAgain() throws Exception {
    String nild = checkout() + "/bin/nild";
    Files.writeString(directory.resolve("fails"), "", StandardOpenOption.CREATE);
    ProgramRun failed = run(nild);
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err()).contains("no such symbol", "the build failed").doesNotContain("noise");
    assertThat(failed.out()).isEmpty();

    Files.delete(directory.resolve("fails"));
    assertThat(run(nild).exitCode()).isZero();
  }

  @Test
  void setupIsSilentWhereAllIsThere() throws Exception {
    String setup = packaged() + "/bin/setup";
    for (String tool :
        List.of(
            "qemu-system-x86_64",
            "ip",
            "cpio",
            "xz",
            "zstd",
            "nsenter",
            "tcpdump",
            "redis-benchmark",
            "corosync")) {
      executable(directory.resolve("tools/" + tool), "#!/bin/bash\n");
    }
    assertThat(run(setup)).isEqualTo(new ProgramRun(0, "", ""));
    assertThat(run(setup, "bench")).isEqualTo(new ProgramRun(0, "", ""));
  }

  @Test
  void setupInstallsOnlyWhatIsMissing() throws Exception {
    String setup = packaged() + "/bin/setup";
    Path tools = directory.resolve("tools");
    for (String tool : List.of("bash", "dirname", "readlink", "sort", "mktemp", "rm", "tail")) {
      Files.createSymbolicLink(tools.resolve(tool), Path.of("/bin").resolve(tool));
    }
    List<String> there =
        List.of(
            "qemu-system-x86_64",
            "xz",
            "zstd",
            "gzip",
            "setpriv",
            "unshare",
            "nsenter",
            "ps",
            "tcpdump",
            "redis-benchmark");
    for (String tool : there) {
      executable(tools.resolve(tool), "#!/bin/bash\n");
    }
    executable(tools.resolve("flock"), "#!/bin/bash\n");
    executable(tools.resolve("apt-get"), "#!/bin/bash\necho \"$@\" >> \"$MAVEN_CALLS\"\n");
    environment.put("PATH", tools.toString());
    ProgramRun run = run("/bin/bash", setup);
    boolean root = System.getProperty("user.name").equals("root");
    if (root) {
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.err()).isEqualTo("nil-migration: installing cpio iproute2\n");
      assertThat(Files.readString(directory.resolve("calls")))
          .contains("update")
          .contains("install --no-install-recommends cpio iproute2");
    } else {
      assertThat(run.exitCode()).isEqualTo(69);
      assertThat(run.err()).contains("cpio iproute2", "as root");
    }
  }
}
