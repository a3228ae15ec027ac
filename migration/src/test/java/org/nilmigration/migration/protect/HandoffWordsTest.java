package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.AreaSource;
import org.nilmigration.checkpoint.handoff.AreaTarget;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffIdentity;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.FaultException;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * The words of a handoff, one side real and the other played, which falls silent after each of its
 * words: the guest never runs twice, and nothing is lost before the point of no return.
 *
 * <p>Break it: in {@link Departure}, resume after RELEASED or leave out a look at the taken word;
 * in {@link Arrival}, run at READY, or publish RUNNING after the guest runs.
 */
class HandoffWordsTest {
  private static final long MEMORY_BYTES = 64L << 20;
  private static final Duration SOON = Duration.ofMillis(100);
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final MemorySegment STATE = Arena.global().allocate(1000);

  @TempDir Path directory;
  private final ScriptedGuest owner = new ScriptedGuest();
  private final ScriptedGuest arriving = ScriptedGuest.incoming();
  private final CompletableFuture<HandedOver> arrived = new CompletableFuture<>();
  private final AtomicReference<String> broken = new AtomicReference<>();
  private Region region;
  private GuestRegion files;
  private MappedFile live;
  private HandoffArea mine;
  private HandoffArea theirs;
  private AreaSource source;
  private AreaTarget target;
  private Arrival arrival;

  @BeforeEach
  void make() {
    region = Region.format(directory.resolve("region"), new RegionSpec(256L << 20));
    files = region.createGuest("g", MEMORY_BYTES, 1);
    live = files.createImage(GuestRegion.imageName(1, 0));
    mine = files.createHandoff(new HandoffIdentity("g", 1, 1, MEMORY_BYTES));
    theirs = files.openHandoff(GuestRegion.handoffName(1, 1));
    source = mine.source();
    target = theirs.target();
  }

  @AfterEach
  void end() {
    if (arrival != null) {
      arrival.close();
    }
    theirs.close();
    mine.close();
    live.close();
    files.close();
    region.close();
    assertThat(broken.get()).isNull();
  }

  // The source is real, the target is played.

  /** How far the target comes before it falls silent, or says that it failed. */
  @ParameterizedTest
  @ValueSource(strings = {"NONE", "ARMED", "NONE,FAILED", "ARMED,FAILED"})
  void theGuestRunsOnAtItsSourceUnlessTheTargetHoldsIt(String words) {
    playTarget(List.of(words.split(",")));
    assertThatThrownBy(() -> Departure.run(owner, mine, SOON)).isInstanceOf(FaultException.class);
    assertThat(owner.running()).isTrue();
    assertThat(owner.exit()).isNotDone();
    assertThat(theirs.sourceAcquire()).isEqualTo(HandoffSource.ABORTED);
  }

  /** However long the move as a whole may take: the guest stands still. */
  @Test
  void aTargetThatDoesNotLoadIsNotWaitedForAsLongAsTheMoveMayTake() {
    playTarget(List.of("ARMED"));
    assertThatThrownBy(() -> Departure.run(owner, mine, Duration.ofHours(1)))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("to be LOADED, it is ARMED");
    assertThat(owner.running()).isTrue();
  }

  /** Silent after LOADED or RUNNING: the source has let go, and stays so. */
  @ParameterizedTest
  @ValueSource(strings = {"ARMED,LOADED", "ARMED,LOADED,RUNNING"})
  void theGuestNeverRunsAtItsSourceOnceItLetGo(String words) {
    playTarget(List.of(words.split(",")));
    HandoffResult result = Departure.run(owner, mine, WITHIN);
    assertThat(result.state().length()).isEqualTo(Long.BYTES);
    result.state().close();
    assertThat(owner.running()).isFalse();
    assertThat(owner.exit()).isDone();
    assertThat(theirs.sourceAcquire()).isEqualTo(HandoffSource.RELEASED);
  }

  @Test
  void aStateThatCannotBeTakenLeavesTheGuestRunning() {
    playTarget(List.of("ARMED"));
    owner.failing("capture");
    assertThatThrownBy(() -> Departure.run(owner, mine, WITHIN)).hasMessageContaining("capture");
    assertThat(owner.running()).isTrue();
    assertThat(theirs.sourceAcquire()).isEqualTo(HandoffSource.ABORTED);
  }

  /** The standby takes the guest over while it waits for the target, or while that holds it. */
  @ParameterizedTest
  @EnumSource(
      value = HandoffTarget.class,
      names = {"ARMED", "LOADED"})
  void aGuestThatWasTakenIsNeitherReleasedNorResumed(HandoffTarget word) {
    target.publish(HandoffTarget.ARMED);
    AtomicBoolean taken = new AtomicBoolean();
    Departure departure =
        new Departure(owner, mine, System.nanoTime() + WITHIN.toNanos(), () -> false, taken::get);
    owner.atStep(step -> {
      if (step.equals("capture")) {
        target.publish(word);
        taken.set(true);
      } else if (step.equals("resume")) {
        broken.set("resumed although taken");
      }
    });
    try (StateBuffer state = new StateBuffer()) {
      assertThatThrownBy(() -> departure.release(1, state, 0, null)).isInstanceOf(Deposed.class);
    }
    assertThat(owner.running()).isFalse();
    assertThat(theirs.sourceAcquire()).isEqualTo(HandoffSource.ABORTED);
  }

  private void playTarget(List<String> words) {
    Thread unused =
        Thread.ofVirtual()
            .start(() -> {
              for (String word : words) {
                if (word.equals("LOADED")) {
                  awaitSource(HandoffSource.READY);
                } else if (word.equals("RUNNING")) {
                  awaitSource(HandoffSource.RELEASED);
                }
                target.publish(HandoffTarget.valueOf(word));
              }
            });
  }

  private void awaitSource(HandoffSource word) {
    Awaitility.await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> target.sourceAcquire() == word);
  }

  // The target is real, the source is played.

  private void arrive() {
    begin();
    awaitTarget(HandoffTarget.ARMED);
  }

  private void begin() {
    arriving.atStep(step -> {
      if (step.equals("resume")) {
        if (mine.sourceAcquire() != HandoffSource.RELEASED) {
          broken.set("ran before the source let go");
        }
        if (mine.targetAcquire() != HandoffTarget.RUNNING) {
          broken.set("ran before it said so");
        }
      }
    });
    arrival =
        Arrival.start(
            new ArrivalSetup(
                new ScriptedHypervisor(() -> arriving),
                ScriptedHypervisor.launch(live, directory.resolve("b")),
                theirs,
                live),
            new Arrival.Listener() {
              @Override
              public void arrived(HandedOver handedOver) {
                arrived.complete(handedOver);
              }

              @Override
              public void failed(FaultException fault) {
                arrived.completeExceptionally(fault);
              }
            });
  }

  private void awaitTarget(HandoffTarget word) {
    Awaitility.await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> source.targetAcquire() == word);
  }

  private void nothingRunsHere(HandoffTarget word) {
    assertThat(arriving.running()).isFalse();
    assertThat(arriving.exit()).isDone();
    assertThat(source.targetAcquire()).isEqualTo(word);
  }

  private void publishState() {
    source.stream(STATE, 400);
    source.stream(STATE, 1000);
    source.publishReady(7, 8);
  }

  /** The source dies after each of its words before RELEASED; whoever notices cancels. */
  @ParameterizedTest
  @ValueSource(strings = {"NONE", "streaming", "READY"})
  void nothingRunsWhenTheSourceDiesBeforeItLetGo(String last) {
    arrive();
    if (last.equals("streaming")) {
      source.stream(STATE, 400);
    } else if (last.equals("READY")) {
      publishState();
      awaitTarget(HandoffTarget.LOADED);
    }
    assertThat(arrival.cancel()).isFalse();
    assertThat(arrival.status()).isEqualTo(ArrivalStatus.STOPPED);
    nothingRunsHere(HandoffTarget.FAILED);
    assertThat(arrived).isNotDone();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NONE", "streaming", "READY"})
  void nothingRunsWhenTheSourceGivesUp(String last) {
    arrive();
    if (last.equals("streaming")) {
      source.stream(STATE, 400);
    } else if (last.equals("READY")) {
      publishState();
      awaitTarget(HandoffTarget.LOADED);
    }
    source.publishAborted();
    assertThat(arrived)
        .failsWithin(WITHIN)
        .withThrowableThat()
        .withMessageContaining("gave the handoff up");
    assertThat(arrival.cancel()).isFalse();
    assertThat(arrival.status()).isEqualTo(ArrivalStatus.FAILED);
    nothingRunsHere(HandoffTarget.FAILED);
  }

  @Test
  void theGuestRunsOnceTheSourceLetGoAlthoughThatDiesThen() throws Exception {
    arrive();
    publishState();
    awaitTarget(HandoffTarget.LOADED);
    source.publishReleased();
    HandedOver handedOver = arrived.get(20, TimeUnit.SECONDS);
    assertThat(handedOver.epoch()).isEqualTo(7);
    assertThat(handedOver.stopNanos()).isEqualTo(8);
    assertThat(arriving.running()).isTrue();
    assertThat(arriving.restoredBytes()).isEqualTo(1000);
    assertThat(arriving.state()).isEqualTo(OutputGate.State.HELD);
    assertThat(arrival.cancel()).as("too late").isTrue();
    assertThat(arriving.running()).isTrue();
    assertThat(arrival.written(SOON)).as("the source died before it said so").isEmpty();
    PageRuns written = new PageRuns();
    written.add(4096, 8192);
    source.publishWritten(written);
    assertThat(arrival.written(WITHIN).orElseThrow().bytes()).isEqualTo(8192);
  }

  @Test
  void aTargetThatFoundTheEndOfTheStateIsLoadedBeforeTheSourceIsReady() throws Exception {
    arriving.stateEndsAt(1000);
    arrive();
    source.stream(STATE, 400);
    source.stream(STATE, 1000);
    awaitTarget(HandoffTarget.LOADED);
    assertThat(arriving.running()).isFalse();
    source.publishReady(7, 8);
    assertThat(arriving.running()).isFalse();
    source.publishReleased();
    assertThat(arrived.get(20, TimeUnit.SECONDS).epoch()).isEqualTo(7);
    assertThat(arriving.restoredBytes()).isEqualTo(1000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatIsLoadedBeforeTheSourceIsReadyDropsItWhenThatGivesUpOrDies(boolean givesUp) {
    arriving.stateEndsAt(400);
    arrive();
    source.stream(STATE, 400);
    awaitTarget(HandoffTarget.LOADED);
    if (givesUp) {
      source.publishAborted();
      assertThat(arrived).failsWithin(WITHIN);
    }
    assertThat(arrival.cancel()).isFalse();
    nothingRunsHere(HandoffTarget.FAILED);
  }

  @Test
  void aDamagedStateIsNeverLoaded() {
    source.stream(STATE, 400);
    mine.file().segment().set(ValueLayout.JAVA_BYTE, 12288 + 400, (byte) 1);
    begin(); // not before: the target reads a chunk as soon as it is there
    source.stream(STATE, 1000);
    source.publishReady(7, 8);
    assertThat(arrived).failsWithin(WITHIN).withThrowableThat().withMessageContaining("CRC32C");
    nothingRunsHere(HandoffTarget.FAILED);
    assertThat(arriving.restoredBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"restore", "resume"})
  void aTargetThatCannotSaysSo(String step) {
    arrive();
    arriving.failing(step);
    publishState();
    if (step.equals("resume")) {
      awaitTarget(HandoffTarget.LOADED);
      source.publishReleased();
    }
    assertThat(arrived).failsWithin(WITHIN).withThrowableThat().withMessageContaining(step);
    arrival.close();
    nothingRunsHere(step.equals("resume") ? HandoffTarget.RUNNING : HandoffTarget.FAILED);
  }

  /** Both real. */
  @Test
  void theGuestChangesItsHost() throws Exception {
    arrive();
    HandoffResult result = Departure.run(owner, mine, WITHIN);
    result.state().close();
    HandedOver handedOver = arrived.get(20, TimeUnit.SECONDS);
    assertThat(handedOver.stopNanos()).isEqualTo(result.stopNanos());
    assertThat(owner.running()).isFalse();
    assertThat(arriving.running()).isTrue();
    assertThat(arriving.restoredBytes()).isEqualTo(Long.BYTES);
  }
}
