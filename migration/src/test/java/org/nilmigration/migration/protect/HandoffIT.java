package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;

/** Handoff by reference of a real guest; source, standby and target in one process. */
class HandoffIT {
  private static final EpochConfig PACE = EpochConfig.DEFAULT;
  private static final Duration WITHIN = Duration.ofSeconds(20);

  /** One attempt: the area and who waits at it. */
  private static final class Attempt implements AutoCloseable {
    final CompletableFuture<HandedOver> handedOver = new CompletableFuture<>();
    final HandoffArea area;
    final Arrival arrival;

    Attempt(GuestFixture f, String host, MappedFile live) {
      area = f.area();
      arrival =
          Arrival.start(
              new ArrivalSetup(f.hypervisor, f.launch(host, live, true), f.openArea(area), live),
              new Arrival.Listener() {
                @Override
                public void arrived(HandedOver result) {
                  handedOver.complete(result);
                }

                @Override
                public void failed(FaultException fault) {
                  handedOver.completeExceptionally(fault);
                }
              });
    }

    HandedOver await(GuestFixture f) throws Exception {
      HandedOver result = handedOver.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
      f.keep(result.tracker());
      f.keep(result.vm());
      return result;
    }

    PageRuns written() {
      return arrival.written(WITHIN).orElseThrow();
    }

    @Override
    public void close() {
      arrival.close();
    }
  }

  private static void keepStates(GuestFixture f, HandoffResult result) {
    f.keep(result.state());
    f.keep(result.committedState());
  }

  private static Pair protect(
      GuestFixture f, GuestProcess vm, MappedFile live, MappedFile shadow, String standby) {
    EpochLog log = f.log(1, false, 0);
    return pair(
        f,
        new ProtectorSetup(vm, f.keep(vm.track()), new PageRuns(), log, live, PACE),
        shadow,
        standby,
        null);
  }

  /** A host may have a process over either image at once. */
  private static String warm(String host) {
    return host + "-warm";
  }

  private static Pair pair(
      GuestFixture f, ProtectorSetup owner, MappedFile shadow, String host, StateBuffer state) {
    return f.keep(
        new Pair(
            owner,
            new ReplicaSetup(
                f.hypervisor,
                f.launch(warm(host), shadow, true),
                f.openLog(owner.log()),
                shadow,
                state)));
  }

  /** To the standby and back, several times: nobody ever copies an image. */
  @ParameterizedTest
  @EnumSource(MachineType.class)
  void ownerAndStandbyChangePlacesAgainAndAgain(MachineType machine) throws Exception {
    try (GuestFixture f = new GuestFixture(machine, 128, "nil.memtester=4M")) {
      MappedFile live = f.image(1);
      MappedFile shadow = f.image(2);
      String host = "a";
      String other = "b";
      Pair pair = protect(f, f.boot(host, live), live, shadow, other);
      pair.awaitProtected(5);
      long whole = pair.protector.status().copiedBytes();
      for (int i = 0; i < 4; i++) {
        HandoffResult source;
        HandedOver target;
        PageRuns written;
        try (Attempt attempt = new Attempt(f, other, live)) {
          source = pair.protector.handoff(attempt.area, WITHIN);
          keepStates(f, source);
          target = attempt.await(f);
          written = attempt.written();
        }
        pair.close();
        assertThat(source.copiedBytes()).isZero();
        assertThat(target.epoch()).isEqualTo(source.epoch());
        assertThat(source.committedEpoch()).isEqualTo(source.epoch() - 1);
        f.awaitTicks(other, 3);
        pair =
            pair(
                f,
                new ProtectorSetup(
                    target.vm(),
                    target.tracker(),
                    written,
                    f.log(2 + i, true, source.committedEpoch()),
                    live,
                    PACE),
                shadow,
                host,
                source.committedState());
        pair.awaitProtected(5);
        assertThat(pair.protector.status().copiedBytes()).isLessThan(whole / 2);
        String old = host;
        host = other;
        other = old;
      }
      pair.protector.close();
      List<Long> before = f.ticks(host); // not earlier: the last commit may hold a later one
      Takeover takeover = pair.replica.takeover();
      f.keep(takeover.vm());
      f.awaitTicks(warm(other), 5);
      assertThat(f.ticks(warm(other)).getFirst())
          .isBetween(before.getLast() - 3, before.getLast() + 1);
      assertThat(f.bootId(warm(other))).isEqualTo(f.bootId("a"));
      assertThat(f.bootId("b")).isEqualTo(f.bootId("a"));
      assertThat(f.console("a")).noneMatch(line -> line.contains("FAILURE"));
      assertThat(f.console("b")).noneMatch(line -> line.contains("FAILURE"));
      assertThat(f.console(warm(other))).noneMatch(line -> line.contains("FAILURE"));
      pair.close();
    }
  }

  /** The standby that took no part goes on with the new owner, over the same shadow image. */
  @Test
  void aThirdHostTakesTheGuestAndTheStandbyStays() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 128, "nil.dirty=8")) {
      MappedFile live = f.image(1);
      MappedFile shadow = f.image(2);
      GuestProcess vm = f.boot("a", live);
      HandoffResult source;
      HandedOver target;
      PageRuns written;
      Replica.Detached standby;
      try (Pair pair = protect(f, vm, live, shadow, "b");
          Attempt attempt = new Attempt(f, "c", live)) {
        pair.awaitProtected(5);
        source = pair.protector.handoff(attempt.area, WITHIN);
        keepStates(f, source);
        target = attempt.await(f);
        written = attempt.written();
        standby = pair.replica.detach();
        f.keep(standby.state());
      }
      assertThat(vm.exit()).isDone();
      assertThat(standby.epoch()).isEqualTo(source.committedEpoch());
      f.awaitTicks("c", 5);
      assertThat(f.ticks("c").getFirst()).isEqualTo(f.ticks("a").getLast() + 1);

      EpochLog log = f.log(2, true, standby.epoch());
      firstEpochMakesTheImagesEqual(f, target, written, log, live, shadow);
    }
  }

  /** Shadow image and first epoch of the new owner together are the live image, byte for byte. */
  private static void firstEpochMakesTheImagesEqual(
      GuestFixture f,
      HandedOver target,
      PageRuns written,
      EpochLog log,
      MappedFile live,
      MappedFile shadow) {
    LogStandby standby = f.openLog(log).standby();
    ShadowImage sink = new ShadowImage(shadow);
    EpochWriter writer =
        new EpochWriter(target.vm(), target.tracker(), log.owner(), live, () -> standby.poll(sink));
    writer.begin(target.epoch());
    writer.copy(written);
    writer.pauseAndCommit();
    Awaitility.await()
        .atMost(WITHIN)
        .until(() -> {
          standby.poll(sink);
          return standby.appliedEpoch() == target.epoch();
        });
    assertThat(
            MemorySegment.mismatch(
                live.segment(), 0, live.size(), shadow.segment(), 0, shadow.size()))
        .as("first byte that differs")
        .isEqualTo(-1);
    writer.close();
    writer.closeStates();
  }

  @Test
  void aGuestWithoutAStandbyIsHandedOverWithItsOutputHeld() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 128, "nil.memtester=4M")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      try (Attempt attempt = new Attempt(f, "b", live)) {
        HandoffResult source = Departure.run(vm, attempt.area, WITHIN);
        f.keep(source.state());
        assertThat(source.committedState()).isNull();
        assertThat(vm.exit()).isDone();
        HandedOver target = attempt.await(f);
        f.awaitTicks("b", 5);
        assertThat(f.ticks("b").getFirst()).isEqualTo(f.ticks("a").getLast() + 1);
        assertThat(f.bootId("b")).isEqualTo(f.bootId("a"));
        assertThat(attempt.arrival.cancel()).as("too late").isTrue();
        assertThat(target.vm().runState()).isEqualTo("running");
        assertThat(attempt.arrival.written(Duration.ZERO)).isEmpty();
      }
    }
  }

  @Test
  void theGuestRunsOnProtectedWhenNobodyArrives() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 128, "nil.dirty=8")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      try (Pair pair = protect(f, vm, live, f.image(2), "b")) {
        pair.awaitProtected(5);
        HandoffArea area = f.area();
        assertThatThrownBy(() -> pair.protector.handoff(area, Duration.ofMillis(300)))
            .isInstanceOf(FaultException.class)
            .hasMessageContaining("ARMED");
        assertThat(area.sourceAcquire()).isEqualTo(HandoffSource.ABORTED);
        goesOn(f, pair);
      }
    }
  }

  /** An arrival that is cancelled in time tells the source so. */
  @Test
  void theGuestRunsOnProtectedWhenTheArrivalIsCancelled() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 128, "nil.dirty=8")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      try (Pair pair = protect(f, vm, live, f.image(2), "b");
          Attempt attempt = new Attempt(f, "c", live)) {
        pair.awaitProtected(5);
        Awaitility.await()
            .atMost(WITHIN)
            .until(() -> attempt.arrival.status() == ArrivalStatus.ARMED);
        assertThat(attempt.arrival.cancel()).isFalse();
        assertThatThrownBy(() -> pair.protector.handoff(attempt.area, WITHIN))
            .isInstanceOf(FaultException.class)
            .hasMessageContaining("FAILED");
        goesOn(f, pair);
      }
    }
  }

  private static void goesOn(GuestFixture f, Pair pair) {
    f.awaitTicks("a", 3);
    pair.awaitProtected(pair.protector.status().epochs() + 5);
    assertThat(pair.protector.status().phase()).isEqualTo(Phase.PROTECTED);
  }
}
