package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.BareHandoff;

/**
 * The blackout of handoffs by reference beside bare QEMU-to-QEMU migrations of the same guest over
 * the same image, in turns, printed.
 */
class HandoffFiguresIT {
  private static final int ROUNDS = 40;
  private static final int WARM_UP = 5;
  private static final Duration WITHIN = Duration.ofSeconds(20);

  @ParameterizedTest
  @CsvSource({"MICROVM, ''", "MICROVM, nil.dirty=32", "Q35, ''", "Q35, nil.dirty=32"})
  void blackoutBesideItsFloor(MachineType machine, String load) throws Exception {
    double[] bare = new double[ROUNDS];
    double[] ours = new double[ROUNDS];
    try (GuestFixture f = new GuestFixture(machine, 128, load)) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      for (int i = -WARM_UP; i < ROUNDS; i++) {
        GuestProcess next = f.hypervisor.start(f.launch("bare" + i, live, true));
        f.awaitTicks(i == -WARM_UP ? "a" : "ours" + (i - 1), 2);
        double floor = BareHandoff.run(vm, next) / 1e6;
        vm.close();
        f.awaitTicks("bare" + i, 2);
        CompletableFuture<HandedOver> arrived = new CompletableFuture<>();
        try (HandoffArea area = f.area();
            Arrival arrival = arrive(f, "ours" + i, live, area, arrived)) {
          Awaitility.await().atMost(WITHIN).until(() -> arrival.status() == ArrivalStatus.ARMED);
          HandoffResult source = Departure.run(next, area, WITHIN);
          HandedOver target = arrived.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
          source.state().close();
          next.close();
          target.tracker().close();
          vm = target.vm();
          if (i >= 0) {
            bare[i] = floor;
            ours[i] = (target.runningNanos() - source.stopNanos()) / 1e6;
          }
          assertThat(source.copiedBytes()).isZero();
        }
      }
    }
    Arrays.sort(bare);
    Arrays.sort(ours);
    System.out.printf(
        "%s %s blackout ms: by reference p50 %.2f p90 %.2f, bare p50 %.2f p90 %.2f, ratio %.2f%n",
        machine,
        load,
        ours[ROUNDS / 2],
        ours[ROUNDS * 9 / 10],
        bare[ROUNDS / 2],
        bare[ROUNDS * 9 / 10],
        ours[ROUNDS / 2] / bare[ROUNDS / 2]);
  }

  private static Arrival arrive(
      GuestFixture f,
      String host,
      MappedFile live,
      HandoffArea area,
      CompletableFuture<HandedOver> arrived) {
    return Arrival.start(
        new ArrivalSetup(f.hypervisor, f.launch(host, live, true), f.openArea(area), live),
        new Arrival.Listener() {
          @Override
          public void arrived(HandedOver result) {
            arrived.complete(result);
          }

          @Override
          public void failed(FaultException fault) {
            arrived.completeExceptionally(fault);
          }
        });
  }
}
