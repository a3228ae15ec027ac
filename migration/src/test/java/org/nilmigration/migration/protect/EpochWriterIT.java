package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * While a guest that writes all the time stands still after a commit, its shadow equals its memory
 * byte for byte. Fails when the last look at the dirty pages comes before the state stream ended.
 */
class EpochWriterIT {
  private static final int EPOCHS = 25;

  @ParameterizedTest
  @EnumSource(MachineType.class)
  void shadowEqualsThePausedGuestByteForByte(MachineType machine) throws Exception {
    try (GuestFixture f = new GuestFixture(machine, 128, "nil.dirty=8")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      EpochLog log = f.log(1, false, 0);
      MappedFile shadow = f.image(1);
      LogStandby standby = f.openLog(log).standby();
      ShadowImage sink = new ShadowImage(shadow);
      try (DirtyTracker tracker = vm.track()) {
        EpochWriter writer =
            new EpochWriter(vm, tracker, log.owner(), live, () -> standby.poll(sink));
        for (long epoch = 1; epoch <= EPOCHS; epoch++) {
          writer.begin(epoch);
          if (epoch == 1) {
            writer.copyWhole();
          }
          writer.copyWritten();
          writer.pauseAndCommit();
          long wanted = epoch;
          Awaitility.await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> {
                standby.poll(sink);
                return standby.appliedEpoch() == wanted;
              });
          assertThat(
                  MemorySegment.mismatch(
                      live.segment(), 0, live.size(), shadow.segment(), 0, shadow.size()))
              .as("first byte that differs after epoch %d", epoch)
              .isEqualTo(-1);
          vm.resume();
          f.awaitTicks("a", 1);
        }
      }
    }
  }
}
