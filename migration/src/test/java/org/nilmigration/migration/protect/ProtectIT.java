package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.dirty.PopulatedRuns;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;

/** Protection, takeover and handoff of a real guest, owner and standby in one process. */
class ProtectIT {
  private static final EpochConfig PACE = EpochConfig.DEFAULT;

  /** One owner and one standby, with what they told their listeners. */
  private static final class Pair implements AutoCloseable {
    final CompletableFuture<Long> deposed = new CompletableFuture<>();
    final CompletableFuture<HandedOver> handedOver = new CompletableFuture<>();
    final CompletableFuture<FaultException> fault = new CompletableFuture<>();
    final Protector protector;
    final Replica replica;

    Pair(ProtectorSetup owner, ReplicaSetup standby) {
      replica =
          Replica.start(
              standby,
              new Replica.Listener() {
                @Override
                public void synced(long epoch) {}

                @Override
                public void handedOver(HandedOver result) {
                  handedOver.complete(result);
                }

                @Override
                public void failed(FaultException f) {
                  fault.complete(f);
                }
              });
      protector =
          Protector.start(
              owner,
              new Protector.Listener() {
                @Override
                public void synced(long epoch) {}

                @Override
                public void deposed(long generation) {
                  deposed.complete(generation);
                }

                @Override
                public void failed(FaultException f) {
                  fault.complete(f);
                }
              });
    }

    void awaitProtected(long epochs) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            assertThat(fault.getNow(null)).isNull();
            assertThat(protector.status().phase()).isEqualTo(Phase.PROTECTED);
            assertThat(protector.status().epochs()).isGreaterThanOrEqualTo(epochs);
          });
    }

    @Override
    public void close() {
      protector.close();
      replica.close();
    }
  }

  private static Pair protect(GuestFixture f, GuestProcess vm, MappedFile live) {
    EpochLog log = f.log(1, false, 0);
    MappedFile shadow = f.image(1);
    return new Pair(
        new ProtectorSetup(vm, f.keep(vm.track()), log, live, PACE),
        new ReplicaSetup(f.hypervisor, f.launch("b", shadow, true), f.openLog(log), shadow, null));
  }

  @ParameterizedTest
  @EnumSource(MachineType.class)
  void guestContinuesFromItsLastEpochAfterItsOwnerDied(MachineType machine) throws Exception {
    try (GuestFixture f = new GuestFixture(machine, 128, "nil.memtester=4M")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      try (Pair pair = protect(f, vm, live)) {
        pair.awaitProtected(20);
        f.awaitTicks("a", 3);
        vm.kill();
        Takeover takeover = pair.replica.takeover();

        f.awaitTicks("b", 10);
        List<Long> before = f.ticks("a");
        List<Long> after = f.ticks("b");
        assertThat(after.getFirst()).isBetween(before.getLast() - 3, before.getLast() + 1);
        assertThat(after).isSorted().doesNotHaveDuplicates();
        assertThat(f.bootId("b")).isEqualTo(f.bootId("a"));
        assertThat(f.console("b")).noneMatch(line -> line.contains("FAILURE"));
        assertThat(takeover.epoch())
            .isBetween(
                pair.protector.status().committedEpoch(),
                pair.protector.status().committedEpoch() + 1);
        takeover.vm().close();
      }
    }
  }

  @Test
  void handoffCarriesTheGuestAndLeavesTwoEqualImages() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 128, "nil.memtester=4M")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      EpochLog log = f.log(1, false, 0);
      MappedFile shadow = f.image(1);
      try (Pair pair =
          new Pair(
              new ProtectorSetup(vm, f.keep(vm.track()), log, live, PACE),
              new ReplicaSetup(
                  f.hypervisor, f.launch("b", shadow, true), f.openLog(log), shadow, null))) {
        pair.awaitProtected(5);
        pair.replica.expectHandoff(Duration.ofSeconds(10));
        HandoffResult source = pair.protector.handoff(Duration.ofSeconds(10));
        HandedOver target = pair.handedOver.get(10, TimeUnit.SECONDS);
        f.awaitTicks("b", 5);

        assertThat(target.epoch()).isEqualTo(source.epoch());
        assertThat(vm.exit()).succeedsWithin(Duration.ofSeconds(10));
        assertThat(f.ticks("b").getFirst()).isEqualTo(f.ticks("a").getLast() + 1);
        assertThat(f.bootId("b")).isEqualTo(f.bootId("a"));

        carryOnFrom(f, source, target, live, shadow);
      }
    }
  }

  /** The old live image is the standby at once: only what was written since the handoff travels. */
  private static void carryOnFrom(
      GuestFixture f,
      HandoffResult source,
      HandedOver target,
      MappedFile oldLive,
      MappedFile newLive)
      throws Exception {
    PageRuns whole = new PageRuns();
    PopulatedRuns.of(newLive, whole);
    EpochLog next = f.log(2, true, source.epoch());
    try (Pair back =
        new Pair(
            new ProtectorSetup(target.vm(), f.keep(target.tracker()), next, newLive, PACE),
            new ReplicaSetup(
                f.hypervisor,
                f.launch("a", oldLive, true),
                f.openLog(next),
                oldLive,
                source.state()))) {
      back.awaitProtected(1);
      assertThat(back.protector.status().copiedBytes()).isLessThan(whole.bytes() / 2);
      back.awaitProtected(10);
      target.vm().kill();
      int printed = f.ticks("a").size();
      long last = f.ticks("b").getLast();
      Takeover takeover = back.replica.takeover();
      f.awaitTicks("a", 5);
      assertThat(f.ticks("a").get(printed)).isBetween(last - 3, last + 1);
      takeover.vm().close();
    }
    source.state().close();
  }

  @Test
  void ownerThatWasTakenStopsAndTellsIt() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 128, "")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      try (Pair pair = protect(f, vm, live)) {
        pair.awaitProtected(5);
        Takeover takeover = pair.replica.takeover();
        assertThat(pair.deposed.get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(vm.runState()).isNotEqualTo("running");
        assertThatThrownBy(() -> pair.protector.handoff(Duration.ofSeconds(1)))
            .isInstanceOf(FaultException.class)
            .hasMessageContaining("not being protected any more");
        takeover.vm().close();
      }
    }
  }

  @Test
  void guestRunsOnWhenNoTargetAnswersAHandoff() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 128, "")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      try (Pair pair = protect(f, vm, live)) {
        pair.awaitProtected(5);
        assertThatThrownBy(() -> pair.protector.handoff(Duration.ofMillis(300)))
            .isInstanceOf(FaultException.class)
            .hasMessageContaining("ARMED");
        f.awaitTicks("a", 3);
        long epoch = pair.protector.status().committedEpoch();
        pair.awaitProtected(epoch + 5);
        pair.replica.expectHandoff(Duration.ofSeconds(10));
        pair.protector.handoff(Duration.ofSeconds(10)).state().close();
        HandedOver target = pair.handedOver.get(10, TimeUnit.SECONDS);
        f.keep(target.tracker());
        target.vm().close();
      }
    }
  }
}
