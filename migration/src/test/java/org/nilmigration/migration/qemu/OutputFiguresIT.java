package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nilmigration.migration.qemu.BridgeFixture.MAC;
import static org.nilmigration.migration.qemu.BridgeFixture.ip;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.network.GuestLinks;

/** What the gate costs, printed; and that the frames held cost the guest nothing. */
class OutputFiguresIT {
  private static final int ROUNDS = 15;
  private static final int FRAMES = 2000;
  private static final int PAYLOAD_BYTES = 1000;
  private static final int BURST = 50;
  private static final int ANSWER_MILLIS = 100;

  private final QemuFixture fixture = new QemuFixture();
  private final StateBuffer state = new StateBuffer();
  private BridgeFixture bridge;

  @BeforeEach
  void makeBridge() throws Exception {
    bridge = new BridgeFixture();
  }

  @AfterEach
  void leaveNothingBehind() throws Exception {
    state.close();
    fixture.close();
    if (bridge != null) {
      bridge.close();
    }
  }

  @Test
  void thePauseDoesNotGrowWithTheFramesHeld() throws Exception {
    GuestConfig guest = BridgeFixture.guest("t0", OutputMode.COMMIT, "");
    MappedFile image = fixture.image("image", guest);
    GuestProcess vm = fixture.start(guest, image, "a");
    vm.resume();
    bridge.awaitGuest();
    Sends sends = new Sends(vm, image);
    measure(ROUNDS, () -> pause(vm)); // the JVM warms up
    double[] open = new double[ROUNDS];
    double[] empty = new double[ROUNDS];
    double[] full = new double[ROUNDS];
    double[] releaseEmpty = new double[ROUNDS];
    double[] releaseFull = new double[ROUNDS];
    int held = 0;
    for (int i = 0; i < ROUNDS; i++) {
      fill(sends); // the guest is as busy before each pause
      open[i] = pause(vm);
      fill(sends);
      vm.output().hold();
      empty[i] = pause(vm);
      releaseEmpty[i] = millis(() -> vm.output().release());
      bridge.fromGuest();
      fill(sends);
      full[i] = pause(vm);
      releaseFull[i] = millis(() -> vm.output().release());
      held += bridge.fromGuest(20).size();
      vm.output().open();
    }
    double rings = measure(50, () -> millis(vm::transmitRings));

    System.out.printf(
        "pause ms: gate open %.2f, held %.2f, held with %d frames %.2f%n"
            + "release ms: no frame %.2f, %d frames %.2f%n"
            + "transmit rings ms: %.2f, link up ms: %.2f%n",
        median(open),
        median(empty),
        held / ROUNDS,
        median(full),
        median(releaseEmpty),
        held / ROUNDS,
        median(releaseFull),
        rings,
        linkUp());
    assertThat(held / ROUNDS).isGreaterThanOrEqualTo(FRAMES);
    // Moving that many frames takes longer than a pause does.
    assertThat(median(full)).isLessThan(1.5 * median(empty) + 2);
  }

  /**
   * Has the guest send as many frames. It is asked for the next few when it has answered, or when
   * it left some unanswered: asked without a rest, a slow guest only takes requests in and drops
   * them.
   */
  private void fill(Sends sends) {
    int before = sends.count();
    long deadline = System.nanoTime() + QemuFixture.PATIENCE.toNanos();
    int sent = 0;
    while (sent < FRAMES) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("the guest sent " + sent + " frames only");
      }
      bridge.ping(BURST, PAYLOAD_BYTES);
      for (int i = 0; i < ANSWER_MILLIS && sends.since(before) < sent + BURST; i++) {
        BridgeFixture.pause(1);
      }
      sent = sends.since(before);
    }
  }

  private double pause(GuestProcess vm) {
    return millis(() -> {
      vm.capture(state);
      vm.resume();
    });
  }

  private static double linkUp() throws Exception {
    GuestLinks links = new GuestLinks("g", List.of(new NicConfig(BridgeFixture.BRIDGE, "t0", MAC)));
    double[] ups = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      ip("link", "set", "t0", "down");
      ups[i] = millis(links::up);
    }
    return median(ups);
  }

  private interface Timed {
    double run();
  }

  private static double measure(int rounds, Timed timed) {
    return median(IntStream.range(0, rounds).mapToDouble(i -> timed.run()).toArray());
  }

  private static double millis(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e6;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
