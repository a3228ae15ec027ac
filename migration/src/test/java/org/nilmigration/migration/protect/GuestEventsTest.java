package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffIdentity;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;

/** What a recording shows of epochs, applies, takeovers and handoffs. */
class GuestEventsTest {
  private static final long MEMORY_BYTES = 64L << 20;
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final EpochConfig PACE =
      new EpochConfig(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1), ByteSize.ofMiB(64));

  @TempDir Path directory;

  private final ScriptedGuest owner = new ScriptedGuest();
  private final ScriptedGuest standby = ScriptedGuest.incoming();
  private final CompletableFuture<HandedOver> arrived = new CompletableFuture<>();
  private Region region;
  private GuestRegion files;
  private MappedFile live;
  private Recording recording;

  @BeforeEach
  void make() {
    region = Region.format(directory.resolve("region"), new RegionSpec(256L << 20));
    files = region.createGuest("g", MEMORY_BYTES, 1);
    live = files.createImage(GuestRegion.imageName(1, 0));
    recording = new Recording();
    recording.start();
  }

  @AfterEach
  void end() {
    recording.close();
    live.close();
    files.close();
    region.close();
  }

  /** In the order in which they were recorded. */
  private List<RecordedEvent> recorded(String name) throws IOException {
    Path file = directory.resolve(name + ".jfr");
    recording.dump(file);
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals(name))
            .toList();
    assertThat(events).isNotEmpty().allMatch(event -> event.getString("guest").equals("g"));
    assertThat(events).allMatch(event -> event.getStackTrace() == null);
    assertThat(events.getFirst().getEventType().getCategoryNames())
        .containsExactly("nil-migration");
    return events;
  }

  private final class Told implements Protector.Listener, Replica.Listener, Arrival.Listener {
    @Override
    public void synced(long epoch) {}

    @Override
    public void deposed(long generation) {}

    @Override
    public void arrived(HandedOver handedOver) {
      arrived.complete(handedOver);
    }

    @Override
    public void failed(FaultException fault) {
      arrived.completeExceptionally(fault);
    }
  }

  @Test
  void epochsAppliesAndTheTakeover() throws Exception {
    LogIdentity identity = new LogIdentity("g", 1, 1, MEMORY_BYTES, false, 0);
    Takeover takeover;
    try (MappedFile shadow = files.createImage(GuestRegion.imageName(1, 1));
        EpochLog log = files.createLog(identity, EpochLog.RING_BYTES_MIN);
        EpochLog standbyLog = files.openLog(GuestRegion.logName(1, 1));
        Replica replica =
            Replica.start(
                new ReplicaSetup(
                    new ScriptedHypervisor(() -> standby),
                    ScriptedHypervisor.launch(shadow, directory.resolve("b")),
                    standbyLog,
                    shadow,
                    null),
                new Told());
        Protector protector =
            Protector.start(
                new ProtectorSetup(
                    owner, ScriptedGuest.nothingWritten(), new PageRuns(), log, live, PACE),
                new Told())) {
      Awaitility.await()
          .atMost(WITHIN)
          .until(() -> protector.status().releases() > 5 && replica.status().synced());
      takeover = replica.takeover();
    }

    List<RecordedEvent> epochs = recorded("nil.Epoch");
    for (int i = 0; i < epochs.size(); i++) {
      RecordedEvent epoch = epochs.get(i);
      assertThat(epoch.getLong("epoch")).isEqualTo(i + 1);
      assertThat(epoch.getLong("stateBytes")).isEqualTo(Long.BYTES);
      assertThat(sum(epoch, "stopAndState", "scanAndCopy", "stateAndCommit", "cont"))
          .isPositive()
          .isLessThanOrEqualTo(epoch.getDuration().toNanos());
    }
    assertThat(recorded("nil.Apply").getLast().getLong("epoch"))
        .isLessThanOrEqualTo(takeover.epoch());
    RecordedEvent taken = recorded("nil.Takeover").getFirst();
    assertThat(taken.getLong("epoch")).isEqualTo(takeover.epoch());
    assertThat(sum(taken, "recover", "load", "run"))
        .isEqualTo(takeover.runningNanos() - takeover.takenNanos());
  }

  @Test
  void bothSidesOfAHandoff() throws Exception {
    HandoffResult result;
    try (HandoffArea mine = files.createHandoff(new HandoffIdentity("g", 1, 1, MEMORY_BYTES));
        HandoffArea theirs = files.openHandoff(GuestRegion.handoffName(1, 1));
        Arrival arrival =
            Arrival.start(
                new ArrivalSetup(
                    new ScriptedHypervisor(() -> standby),
                    ScriptedHypervisor.launch(live, directory.resolve("b")),
                    theirs,
                    live),
                new Told())) {
      result = Departure.run(owner, mine, WITHIN);
      arrived.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
    }
    result.state().close();

    RecordedEvent source = recorded("nil.Handoff").getFirst();
    assertThat(source.getLong("stateBytes")).isEqualTo(Long.BYTES);
    assertThat(sum(source, "stopAndState", "wait"))
        .isEqualTo(result.loadedNanos() - result.stopNanos());
    RecordedEvent target = recorded("nil.Arrival").getFirst();
    assertThat(sum(target, "stopToLoaded", "run"))
        .isEqualTo(arrived.join().runningNanos() - result.stopNanos());
  }

  private static long sum(RecordedEvent event, String... spans) {
    long nanos = 0;
    for (String span : spans) {
      nanos += event.getDuration(span).toNanos();
    }
    return nanos;
  }
}
