package org.nilmigration.migration.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.OutputGate.State;

/**
 * Frames are numbered in the order they are sent. Whatever fails: nothing leaves before the commit
 * of a capture whose pause came after it, everything leaves in order, and once nothing fails any
 * more, all of it.
 */
class FilterBufferGateSimTest {
  private static final List<String> NICS = List.of("a", "b");

  private final FakeBuffers monitor = new FakeBuffers("a", "b");
  private final FilterBufferGate gate = new FilterBufferGate(NICS, monitor, State.OPEN);
  private Random random;
  private int sent;
  private int captured;
  private int committed;

  static IntStream seeds() {
    return IntStream.range(0, 300);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void nothingUncommittedLeaves(int seed) {
    random = new Random(seed);
    gate.hold();
    for (int step = 0; step < 200; step++) {
      act();
      assertThat(gate.state()).isEqualTo(State.HELD);
      for (String nic : NICS) {
        List<Integer> left = monitor.left.get(nic);
        assertThat(left).as("seed %d step %d", seed, step).isSorted();
        assertThat(left.isEmpty() ? 0 : left.getLast()).isLessThanOrEqualTo(committed);
      }
    }
    capture(Failure.NONE);
    gate.release();
    NICS.forEach(nic -> assertThat(monitor.left.get(nic)).hasSize(sent));
    assertThat(monitor.count()).isEqualTo(NICS.size());
  }

  private enum Failure {
    NONE,
    REFUSED,
    SILENT,
    STATE
  }

  private void act() {
    switch (random.nextInt(4)) {
      case 0, 1 -> {
        sent++;
        NICS.forEach(nic -> monitor.send(nic, sent));
      }
      case 2 -> {
        if (capture(Failure.values()[random.nextInt(Failure.values().length)])) {
          release();
        }
      }
      default -> release();
    }
  }

  /** A release that nobody is entitled to, now and then, as well: it must do no harm. */
  private void release() {
    if (random.nextInt(5) == 0) {
      monitor.silentAfter = random.nextInt(3);
    } else if (random.nextInt(5) == 0) {
      int odd = random.nextInt(2);
      monitor.refuses = buffer -> buffer.number() % 2 == odd;
    }
    committed = captured;
    try {
      gate.release();
    } catch (FaultException e) {
      // The frames stay.
    }
    monitor.silentAfter = null;
    monitor.refuses = buffer -> false;
  }

  private boolean capture(Failure failure) {
    FilterBufferGate.Seal seal = gate.seal();
    int refused = failure == Failure.REFUSED ? random.nextInt(NICS.size()) : -1;
    int answered = failure == Failure.SILENT ? random.nextInt(NICS.size()) : NICS.size();
    int done = answered + (answered < NICS.size() ? random.nextInt(2) : 0);
    for (int i = 0; i < done; i++) {
      FilterBuffer buffer = seal.buffers().get(i);
      Optional<FaultException> refusal =
          i == refused
              ? Optional.of(new FaultException(FaultKind.ERROR, "refused"))
              : Optional.empty();
      if (refusal.isEmpty()) {
        monitor.added(buffer);
      }
      if (i < answered) {
        seal.answered(buffer, refusal);
      }
    }
    if (failure == Failure.SILENT || failure == Failure.STATE) {
      return false;
    }
    try {
      seal.complete();
    } catch (FaultException e) {
      return false;
    }
    captured = sent;
    return random.nextBoolean();
  }
}
