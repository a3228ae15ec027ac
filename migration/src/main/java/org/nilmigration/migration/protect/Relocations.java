package org.nilmigration.migration.protect;

import java.util.concurrent.atomic.AtomicReference;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Relocations of a protected guest: copies between the checkpoints, and puts the guest on its new
 * file in the pause of one of them, right after its commit. Epoch thread, but {@link #request} and
 * {@link #progress}.
 */
final class Relocations {
  private static final Logger LOG = LoggerFactory.getLogger(Relocations.class);

  private final String guest;
  private final GuestProcess vm;
  private final EpochWriter writer;
  private final OutputWatch output;
  private final AtomicReference<Relocation> wanted = new AtomicReference<>();
  private volatile FaultException ended;

  Relocations(String guest, GuestProcess vm, EpochWriter writer, OutputWatch output) {
    this.guest = guest;
    this.vm = vm;
    this.writer = writer;
    this.output = output;
  }

  Relocation request(MappedFile to) {
    Relocation mine = new Relocation(guest, vm, to);
    if (!wanted.compareAndSet(null, mine)) {
      to.unlink();
      to.close();
      throw new FaultException(
          FaultKind.TRY_AGAIN,
          "guest " + guest + ": its memory is being moved already; wait for that to end");
    }
    FaultException why = ended;
    if (why != null) {
      end(why);
    }
    return mine;
  }

  boolean underWay() {
    return wanted.get() != null;
  }

  /** Why the guest cannot be handed over now. */
  FaultException inTheWay() {
    return new FaultException(
        FaultKind.TRY_AGAIN,
        "guest " + guest + ": its memory is being moved; wait for that to end, then hand it over");
  }

  /** Null while there is none. */
  Relocation.Progress progress() {
    Relocation relocation = wanted.get();
    return relocation == null ? null : relocation.progress();
  }

  /**
   * Copies a little when it is time to; guest running.
   *
   * @return nanoseconds after which it is time again
   */
  long copy(long nowNanos) {
    Relocation relocation = wanted.get();
    if (relocation == null) {
      return Long.MAX_VALUE;
    }
    if (!relocation.begun()) {
      relocation.over(writer.live(), writer.tracker());
      relocation.begin();
      writer.mirrorTo(relocation);
    }
    long rest = relocation.slice(nowNanos);
    settle(relocation);
    return rest;
  }

  /** The epoch is committed and the guest paused: nothing has been written since its last look. */
  void switchWhenCopied() {
    Relocation relocation = wanted.get();
    if (relocation == null || !relocation.begun() || !relocation.copied()) {
      return;
    }
    writer.mirrorLast();
    try {
      relocation.switchOver();
    } finally {
      writer.moved(relocation.live(), relocation.tracker());
      output.moved(relocation.live());
    }
  }

  /** The guest runs on after the pause of an epoch. */
  void resumed() {
    Relocation relocation = wanted.get();
    if (relocation == null || !relocation.begun()) {
      return;
    }
    if (!relocation.settled()) {
      writer.mirrorLast();
    }
    settle(relocation);
  }

  private void settle(Relocation relocation) {
    if (relocation.settled() && wanted.compareAndSet(relocation, null)) {
      end(relocation);
    }
  }

  /** The epochs have ended, and with them what was not finished or is requested later. */
  void end(FaultException why) {
    ended = why;
    Relocation relocation = wanted.getAndSet(null);
    if (relocation != null) {
      relocation.abandon(why);
      if (!relocation.begun()) {
        relocation.over(writer.live(), writer.tracker());
      }
      end(relocation);
    }
  }

  private void end(Relocation relocation) {
    writer.mirrorTo(null);
    relocation.finish();
    if (relocation.fault() == null) {
      LOG.info("vm={} its memory is {} now", guest, relocation.live().path());
    } else {
      LOG.warn("vm={} its memory stays: {}", guest, relocation.fault().getMessage());
    }
  }
}
