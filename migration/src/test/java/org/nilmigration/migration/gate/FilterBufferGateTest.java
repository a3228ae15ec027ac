package org.nilmigration.migration.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.gate.FilterBufferGate.Seal;
import org.nilmigration.migration.hypervisor.OutputGate.State;

class FilterBufferGateTest {
  private final FakeBuffers monitor = new FakeBuffers("a", "b");
  private final FilterBufferGate gate =
      new FilterBufferGate(List.of("a", "b"), monitor, State.OPEN);

  @Test
  void anOpenGateAsksTheMonitorNothing() {
    seal().complete();
    gate.release();
    gate.open();

    assertThat(gate.state()).isEqualTo(State.OPEN);
    assertThat(monitor.calls).isEmpty();
  }

  @Test
  void aGuestWithoutGatedNicsIsNeverHeld() {
    FilterBufferGate none = new FilterBufferGate(List.of(), monitor, State.HELD);
    none.hold();

    assertThat(none.state()).isEqualTo(State.OPEN);
    assertThat(none.seal().buffers()).isEmpty();
    assertThat(monitor.calls).isEmpty();
  }

  @Test
  void holdsWithOneBufferForEachNicAndOnlyOnce() {
    gate.hold();
    gate.hold();

    assertThat(gate.state()).isEqualTo(State.HELD);
    assertThat(monitor.calls).containsExactly("add [nil-hold1, nil-hold2]");
  }

  @Test
  void theNextRunOfTheDaemonHoldsWhatTheLastOneHeld() {
    gate.hold();
    monitor.send("a", 1);
    seal().complete();
    monitor.send("a", 2);

    FilterBufferGate next = new FilterBufferGate(List.of("a", "b"), monitor, State.OPEN);
    next.recognise();
    assertThat(next.state()).isEqualTo(State.HELD);
    next.hold();
    monitor.send("a", 3);
    next.release();
    assertThat(monitor.left.get("a")).isEmpty();
    next.open();
    assertThat(monitor.left.get("a")).containsExactly(1, 2, 3);
    next.hold();
    assertThat(next.state()).isEqualTo(State.HELD);
  }

  @Test
  void theNextRunOfTheDaemonFindsAnOpenGateOpen() {
    FilterBufferGate next = new FilterBufferGate(List.of("a", "b"), monitor, State.HELD);
    next.recognise();
    assertThat(next.state()).isEqualTo(State.OPEN);
  }

  @Test
  void releasesWhatWasSentBeforeThePauseAndNothingElse() {
    gate.hold();
    monitor.send("a", 1);
    seal().complete();
    monitor.send("a", 2);
    gate.release();
    gate.release();

    assertThat(monitor.left.get("a")).containsExactly(1);
    assertThat(monitor.calls)
        .containsExactly("add [nil-hold1, nil-hold2]", "remove [nil-hold1, nil-hold2]");
  }

  @Test
  void whatWasCapturedButNotCommittedLeavesWithTheNextCommit() {
    gate.hold();
    monitor.send("a", 1);
    seal().complete();
    monitor.send("a", 2);
    seal().complete();
    monitor.send("a", 3);
    gate.release();

    assertThat(monitor.left.get("a")).containsExactly(1, 2);
  }

  @Test
  void aCaptureThatDoesNotCompleteReleasesNothingAndTheNextOneAll() {
    gate.hold();
    monitor.send("a", 1);
    seal();
    monitor.send("a", 2);
    gate.release();
    assertThat(monitor.left.get("a")).isEmpty();

    seal().complete();
    monitor.send("a", 3);
    gate.release();
    assertThat(monitor.left.get("a")).containsExactly(1, 2);
    assertThat(gate.state()).isEqualTo(State.HELD);
  }

  @Test
  void aCaptureThatFailsTakesTheSealOfTheOneBefore() {
    gate.hold();
    monitor.send("a", 1);
    seal().complete();
    seal();
    gate.release();

    assertThat(monitor.left.get("a")).isEmpty();
  }

  @Test
  void aRefusedBufferFailsTheSealAndEverythingStaysHeld() {
    gate.hold();
    monitor.send("a", 1);
    monitor.send("b", 1);
    monitor.refuses = buffer -> buffer.netdev().equals("b");
    Seal seal = seal();

    assertThatThrownBy(seal::complete)
        .isInstanceOf(FaultException.class)
        .hasMessage("refused nil-hold4");
    gate.release();
    assertThat(monitor.left.get("a")).isEmpty();
    assertThat(gate.state()).isEqualTo(State.HELD);

    monitor.refuses = buffer -> false;
    monitor.send("b", 2);
    seal().complete();
    monitor.send("b", 3);
    gate.release();
    assertThat(monitor.left.get("a")).containsExactly(1);
    assertThat(monitor.left.get("b")).containsExactly(1, 2);
  }

  @Test
  void buffersThatNobodyAnsweredForAreRemovedWhetherTheyAreThereOrNot() {
    gate.hold();
    monitor.send("a", 1);
    Seal lost = gate.seal();
    monitor.added(lost.buffers().getFirst()); // QEMU did the first and never had the second
    assertThatThrownBy(lost::complete).isInstanceOf(IllegalStateException.class);
    monitor.send("a", 2);
    seal().complete();
    monitor.send("a", 3);
    gate.release();

    assertThat(monitor.left.get("a")).containsExactly(1, 2);
    assertThat(monitor.count()).isEqualTo(2);
  }

  @Test
  void anUnansweredReleaseIsMadeGoodByTheNext() {
    gate.hold();
    monitor.send("a", 1);
    monitor.send("b", 1);
    seal().complete();
    monitor.silentAfter = 1;
    assertThatThrownBy(gate::release).hasMessage("no answer");
    monitor.silentAfter = null;
    monitor.send("b", 2);
    seal().complete();
    gate.release();

    assertThat(monitor.left.get("a")).containsExactly(1);
    assertThat(monitor.left.get("b")).containsExactly(1, 2);
    assertThat(monitor.count()).isEqualTo(2);
  }

  @Test
  void aRefusedReleaseKeepsTheFramesAndTheirOrder() {
    gate.hold();
    monitor.send("a", 1);
    seal();
    monitor.send("a", 2);
    seal().complete();
    monitor.refuses = buffer -> buffer.number() == 1;
    assertThatThrownBy(gate::release).hasMessage("refused nil-hold1");
    assertThat(monitor.left.get("a")).isEmpty();

    monitor.refuses = buffer -> false;
    gate.release();
    assertThat(monitor.left.get("a")).containsExactly(1, 2);
  }

  @Test
  void aGateThatCannotBeClosedSaysSoAndIsNotHeld() {
    monitor.refuses = buffer -> buffer.netdev().equals("b");
    assertThatThrownBy(gate::hold).hasMessage("refused nil-hold2");
    assertThat(gate.state()).isEqualTo(State.OPEN);

    monitor.refuses = buffer -> false;
    gate.hold();
    assertThat(gate.state()).isEqualTo(State.HELD);
    assertThat(monitor.count()).isEqualTo(2);
  }

  @Test
  void aStandbyIsHeldBeforeItHasABuffer() {
    FilterBufferGate standby = new FilterBufferGate(List.of("a"), monitor, State.HELD);
    assertThat(standby.state()).isEqualTo(State.HELD);
    monitor.refuses = buffer -> true;
    assertThatThrownBy(standby::hold).hasMessage("refused nil-hold1");
    assertThat(standby.state()).isEqualTo(State.HELD);
  }

  @Test
  void opensOldestFirstAndCanBeHeldAgain() {
    gate.hold();
    monitor.send("a", 1);
    seal().complete();
    monitor.send("a", 2);
    gate.open();
    monitor.send("a", 3);
    assertThat(monitor.left.get("a")).containsExactly(1, 2, 3);
    assertThat(monitor.calls).endsWith("remove [nil-hold1, nil-hold2, nil-hold3, nil-hold4]");
    assertThat(gate.state()).isEqualTo(State.OPEN);

    gate.hold();
    monitor.send("a", 4);
    assertThat(monitor.left.get("a")).containsExactly(1, 2, 3);
    assertThat(gate.state()).isEqualTo(State.HELD);
  }

  @Test
  void aGateThatDoesNotOpenIsHeld() {
    gate.hold();
    monitor.refuses = buffer -> true;
    assertThatThrownBy(gate::open).isInstanceOf(FaultException.class);

    assertThat(gate.state()).isEqualTo(State.HELD);
  }

  @Test
  void manyFailedCapturesAreRemovedInSeveralWrites() {
    gate.hold();
    for (int i = 0; i < 200; i++) {
      monitor.send("a", i);
      seal();
    }
    seal().complete();
    gate.release();

    assertThat(monitor.left.get("a")).hasSize(200).isSorted();
    assertThat(monitor.calls).hasSize(1 + 5);
    assertThat(monitor.count()).isEqualTo(2);
  }

  /** What a monitor answers to the commands of a capture. */
  private Seal seal() {
    Seal seal = gate.seal();
    for (FilterBuffer buffer : seal.buffers()) {
      seal.answered(
          buffer,
          monitor.added(buffer)
              ? Optional.empty()
              : Optional.of(new FaultException(FaultKind.ERROR, "refused " + buffer.id())));
    }
    return seal;
  }
}
