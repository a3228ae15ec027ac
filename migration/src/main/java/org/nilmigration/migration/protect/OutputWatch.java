package org.nilmigration.migration.protect;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.hypervisor.TransmitRing;
import org.nilmigration.migration.protect.EpochPacer.Output;

/**
 * Sees in the guest's memory whether it sent something since its last pause: the driver counts
 * every frame in its transmit ring. A hint that ends an epoch early, never more: a wrong answer
 * costs time, not safety. Epoch thread only.
 */
final class OutputWatch {
  private static final ValueLayout.OfShort INDEX =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long LOOK_FOR_RINGS_NANOS = 1_000_000_000L;

  private final GuestProcess vm;
  private MappedFile live;
  private List<TransmitRing> rings = List.of();
  private short[] sealed = new short[0];
  private short[] seen = new short[0];
  private long lookedForRingsNanos;
  private boolean looked;
  private boolean watching;
  private boolean waiting;
  private long movedNanos;

  OutputWatch(GuestProcess vm, MappedFile live) {
    this.vm = vm;
    this.live = live;
  }

  /** The guest runs on another file of the same content; its rings stay where they are in it. */
  void moved(MappedFile now) {
    live = now;
  }

  /** Everything sent so far is part of the epoch whose pause this is; guest paused. */
  void seal() {
    read(seen);
    System.arraycopy(seen, 0, sealed, 0, sealed.length);
    waiting = false;
  }

  /** Looks once; guest running. */
  Output look(long nowNanos) {
    watching = vm.output().state() == OutputGate.State.HELD;
    if (!watching) {
      return Output.NONE;
    }
    if (!waiting && (!looked || nowNanos - lookedForRingsNanos > LOOK_FOR_RINGS_NANOS)) {
      findRings(nowNanos);
    }
    if (read(seen)) {
      movedNanos = nowNanos;
    }
    waiting = differs();
    return waiting ? Output.WAITING : rings.isEmpty() ? Output.UNKNOWN : Output.NONE;
  }

  /** True when there is something to look at. */
  boolean watching() {
    return watching && !rings.isEmpty();
  }

  /** When the last frame was seen, {@link System#nanoTime()}. */
  long movedNanos() {
    return movedNanos;
  }

  /** A driver that was set up anew (a reboot) counts elsewhere, so look now and then. */
  private void findRings(long nowNanos) {
    looked = true;
    lookedForRingsNanos = nowNanos;
    List<TransmitRing> found = vm.transmitRings();
    if (!found.equals(rings)) {
      rings = found;
      sealed = new short[rings.size()];
      seen = new short[rings.size()];
      read(seen);
      movedNanos = nowNanos;
    }
  }

  private boolean read(short[] into) {
    live.checkSize();
    MemorySegment memory = live.segment();
    boolean moved = false;
    for (int i = 0; i < into.length; i++) {
      short index = memory.get(INDEX, rings.get(i).indexOffset());
      moved |= index != into[i];
      into[i] = index;
    }
    return moved;
  }

  private boolean differs() {
    for (int i = 0; i < seen.length; i++) {
      if (seen[i] != sealed[i]) {
        return true;
      }
    }
    return false;
  }
}
