package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/** Protection and takeover of a real guest, owner and standby in one process. */
class ProtectIT {
  private static final EpochConfig PACE = EpochConfig.DEFAULT;

  private static Pair protect(GuestFixture f, GuestProcess vm, MappedFile live) {
    EpochLog log = f.log(1, false, 0);
    MappedFile shadow = f.image(1);
    return new Pair(
        new ProtectorSetup(vm, f.keep(vm.track()), new PageRuns(), log, live, PACE),
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
        pair.replica.makeReady();
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

  /** What lets a standby load a state before it may take the guest over. */
  @ParameterizedTest
  @EnumSource(MachineType.class)
  void loadingStateWritesNoGuestMemory(MachineType machine) throws Exception {
    try (GuestFixture f = new GuestFixture(machine, 128, "nil.memtester=4M");
        StateBuffer state = new StateBuffer()) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      vm.capture(state);
      MappedFile copy = f.image(2);
      copy.segment().copyFrom(live.segment());

      GuestProcess loaded = f.keep(f.hypervisor.start(f.launch("b", copy, true)));
      loaded.restore(state.segment(), state.length());

      assertThat(copy.segment().mismatch(live.segment())).isEqualTo(-1);
    }
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
        assertThatThrownBy(() -> pair.protector.handoff(f.area(), Duration.ofSeconds(1)))
            .isInstanceOf(FaultException.class)
            .hasMessageContaining("not being protected any more");
        takeover.vm().close();
      }
    }
  }
}
