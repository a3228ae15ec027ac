package org.nilmigration.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writer and watcher on their own threads, over two mappings of one file, in real time. */
class BeatIT {
  private static final Duration INTERVAL = Duration.ofMillis(5);
  private static final Duration SUSPECT_AFTER = Duration.ofMillis(300);
  private static final String SCHED_FIFO = "1";
  private static final String SCHED_RR = "2";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  private final Arena arena = Arena.ofShared();
  private final Arena ownArena = Arena.ofShared();
  private final Queue<String> changes = new ConcurrentLinkedQueue<>();
  private BeatLine written;
  private BeatLine watched;
  private BeatWatcher watcher;
  private BeatWriter writer;

  @BeforeEach
  void map() throws IOException {
    Path file = directory.resolve("host.slot");
    written = new BeatLine(mapping(file));
    watched = new BeatLine(mapping(file));
    watcher =
        BeatWatcher.start(
            INTERVAL, (host, verdict, nowNanos) -> changes.add(host + " " + verdict.liveness()));
  }

  private MemorySegment mapping(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096, arena).asSlice(64, 64);
    }
  }

  @AfterEach
  void stop() {
    watcher.close();
    if (writer != null) {
      writer.close();
    }
    arena.close();
    if (ownArena.scope().isAlive()) {
      ownArena.close();
    }
  }

  private void awaitChanges(String... expected) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(changes).containsExactly(expected));
  }

  @Test
  void aHostIsSeenAliveThenDeadThenAliveInItsNextIncarnation() {
    writer = BeatWriter.start(written, 1, INTERVAL);
    assertThat(watched.readAcquire().incarnation()).as("visible at once").isEqualTo(1);
    assertThat(watched.readAcquire().counter()).isPositive();
    assertThat(watched.readAcquire().intervalNanos()).isEqualTo(INTERVAL.toNanos());

    watcher.watch("a", watched, 1, SUSPECT_AFTER);
    awaitChanges("a ALIVE");

    writer.close();
    long lastCounter = watched.readAcquire().counter();
    awaitChanges("a ALIVE", "a DEAD");
    RegionVerdict dead = watcher.verdict("a");
    assertThat(dead.lastCounter()).isEqualTo(lastCounter);
    assertThat(dead.ageNanos()).isGreaterThanOrEqualTo(SUSPECT_AFTER.toNanos());

    writer = BeatWriter.start(written, 2, INTERVAL);
    watcher.watch("a", watched, 2, SUSPECT_AFTER);
    awaitChanges("a ALIVE", "a DEAD", "a ALIVE");
  }

  @Test
  void aNewIncarnationIsTheDeathOfTheOldOne() {
    writer = BeatWriter.start(written, 1, INTERVAL);
    watcher.watch("a", watched, 1, Duration.ofSeconds(60));
    awaitChanges("a ALIVE");

    writer.close();
    writer = BeatWriter.start(written, 2, INTERVAL);

    awaitChanges("a ALIVE", "a DEAD");
    assertThat(watcher.verdict("a").reason()).isEqualTo("its line belongs to another incarnation");
  }

  @Test
  void anUnwatchedLineIsNotReadAnyMore() throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve("host.slot"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment page = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096, ownArena);
      watcher.watch("a", new BeatLine(page.asSlice(64, 64)), 1, SUSPECT_AFTER);
    }
    watcher.unwatch("a");
    ownArena.close();

    assertThat(watcher.verdict("a").liveness()).isEqualTo(Liveness.UNKNOWN);
    writer = BeatWriter.start(written, 5, INTERVAL);
    watcher.watch("b", watched, 5, SUSPECT_AFTER);
    awaitChanges("b ALIVE");
  }

  @Test
  void aLineThatIsLostHereSaysNothingAboutTheOtherHost() throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve("host.slot"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment page = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096, ownArena);
      writer = BeatWriter.start(written, 1, INTERVAL);
      watcher.watch("a", new BeatLine(page.asSlice(64, 64)), 1, SUSPECT_AFTER);
      awaitChanges("a ALIVE");
    }

    await().atMost(PATIENCE).until(() -> closed(ownArena));

    awaitChanges("a ALIVE", "a UNKNOWN");
    assertThat(watcher.verdict("a").reason()).isEqualTo("its line cannot be read here");
  }

  private static boolean closed(Arena arena) {
    try {
      arena.close();
      return true;
    } catch (IllegalStateException beingRead) {
      return false;
    }
  }

  @Test
  void closeEndsTheThreads() {
    writer = BeatWriter.start(written, 1, INTERVAL);
    writer.close();
    watcher.close();

    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("beat", "watch-beats");
  }

  @Test
  void incarnationZeroIsNobody() {
    assertThatThrownBy(() -> BeatWriter.start(written, 0, INTERVAL))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void saysWhetherPriorityIsRealTime() throws IOException {
    writer = BeatWriter.start(written, 1, INTERVAL);

    assertThat(policyOfThread("beat").equals(SCHED_FIFO)).isEqualTo(writer.realtime());
  }

  @Test
  void whateverStopsTheBeatIsNotKeptWaitingForAProcessor() throws IOException {
    writer = BeatWriter.start(written, 1, INTERVAL);

    assertThat(policyOfThread("VM Thread")).isEqualTo(policyOfThread("beat"));
  }

  @Test
  void whatIsNotUrgentHasNoRealTimePriorityUntilItIs() throws Exception {
    List<String> found = new ArrayList<>();

    RealTimeProcess.run(() -> {
      found.add(policyOfThread("as-daemon"));
      RealTimeProcess.urgent(false);
      found.add(policyOfThread("as-daemon"));
      RealTimeProcess.urgent(true);
      found.add(policyOfThread("as-daemon"));
    });

    assertThat(found).containsExactly(found.getLast(), "0", found.getFirst());
    writer = BeatWriter.start(written, 1, INTERVAL);
    assertThat(found.getFirst().equals(SCHED_RR)).isEqualTo(writer.realtime());
  }

  /** Field 41 of {@code /proc/self/task/TID/stat}, see proc(5). */
  private static String policyOfThread(String name) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        String stat = Files.readString(task.resolve("stat"));
        if (stat.contains("(" + name + ")")) {
          return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[41 - 3];
        }
      }
    }
    throw new AssertionError("no thread named " + name);
  }
}
