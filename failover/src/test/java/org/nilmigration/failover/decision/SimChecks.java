package org.nilmigration.failover.decision;

import java.util.HashMap;
import java.util.Map;
import org.nilmigration.failover.placement.Placement;

/**
 * The safety properties, each asserted wherever it could be broken:
 *
 * <ul>
 *   <li>OWNER: a generation has one owner, and one host that lets its output out;
 *   <li>MONOTONIC: generations only grow;
 *   <li>WRITER: an image has one writer;
 *   <li>MOMENT: a guest is restored from memory and state of one moment;
 *   <li>PREFIX: whoever goes on with a guest goes on from no less than what was sent, and nobody
 *       sends any more once a later owner runs.
 * </ul>
 */
final class SimChecks {
  private record Run(String host, long incarnation) {}

  private final Map<Long, Run> owners = new HashMap<>();
  private final Map<Long, Run> senders = new HashMap<>();
  private SimRegion.State seen = new SimRegion.State(0, 0);
  private long lastGeneration;
  private long reigning;
  private long lives;

  /** A placement is written. */
  void placed(Placement next) {
    only(owners, next.generation(), new Run(next.owner(), next.ownerIncarnation()), "two owners");
    if (next.generation() < lastGeneration) {
      throw new AssertionError(
          "MONOTONIC: generation fell from %d to %s".formatted(lastGeneration, next));
    }
    lastGeneration = next.generation();
  }

  /** The guest's memory begins anew: a boot. */
  long newLife() {
    seen = new SimRegion.State(++lives, 0);
    return lives;
  }

  /** Output of {@code state} leaves. */
  void sent(SimHost host, SimVm vm, SimRegion.State state) {
    if (!vm.heard) {
      vm.heard = true;
      heardFirst(vm);
    }
    if (vm.generation < reigning || state.life() != seen.life()) {
      throw new AssertionError(
          "PREFIX: generation %d sends %s although %d runs"
              .formatted(vm.generation, state, reigning));
    }
    only(senders, vm.generation, new Run(host.name, vm.incarnation), "output from two hosts");
    if (state.count() > seen.count()) {
      seen = state;
    }
  }

  private void heardFirst(SimVm vm) {
    SimRegion.State from = vm.from();
    if (from.life() != seen.life() || from.count() < seen.count()) {
      throw new AssertionError(
          "PREFIX: generation %d went on from %s, sent was %s"
              .formatted(vm.generation, from, seen));
    }
    reigning = Math.max(reigning, vm.generation);
  }

  /** A guest, or a replica where {@code vm} is null, writes to an image. */
  static void writes(SimRegion.Image image, SimVm vm) {
    SimVm other = image.writer;
    if (other != null && other != vm && other.running) {
      throw new AssertionError(
          "WRITER: an image of generation %d is written by %s too"
              .formatted(
                  other.generation, vm == null ? "a replica" : "generation " + vm.generation));
    }
    if (vm != null) {
      image.writer = vm;
    }
  }

  /** Memory and device state come together. */
  static void restores(SimRegion.State state, SimRegion.State memory) {
    if (!state.equals(memory)) {
      throw new AssertionError("MOMENT: restored %s over memory of %s".formatted(state, memory));
    }
  }

  private static void only(Map<Long, Run> first, long generation, Run run, String otherwise) {
    Run before = first.putIfAbsent(generation, run);
    if (before != null && !before.equals(run)) {
      throw new AssertionError(
          "OWNER: generation %d has %s: %s and %s".formatted(generation, otherwise, before, run));
    }
  }
}
