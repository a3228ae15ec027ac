package org.nilmigration.daemon.bench.guest;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.heartbeat.RealTimeProcess;
import org.nilmigration.migration.protect.Arrival;
import org.nilmigration.migration.protect.ArrivalSetup;
import org.nilmigration.migration.protect.ArrivalStatus;
import org.nilmigration.migration.protect.HandedOver;
import org.nilmigration.migration.protect.HandoffResult;
import org.nilmigration.migration.protect.Protector;
import org.nilmigration.migration.protect.ProtectorSetup;
import org.nilmigration.migration.protect.ProtectorStatus;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;
import org.nilmigration.migration.protect.Replica;
import org.nilmigration.migration.protect.ReplicaSetup;

/** Owner and standby of one guest in this process; the production code of both. */
public final class Pair implements AutoCloseable {
  private static final Duration WITHIN = Duration.ofMinutes(10);
  private static final Duration HANDOFF_WITHIN = Duration.ofSeconds(30);

  /** Both sides of one handoff, and what the source wrote since its last commit. */
  public record Handoff(HandoffResult source, HandedOver target, PageRuns written) {
    long blackoutNanos() {
      return target.runningNanos() - source.stopNanos();
    }
  }

  private final CompletableFuture<HandedOver> handedOver = new CompletableFuture<>();
  private final Protector protector;
  private final Replica replica;

  public Pair(ProtectorSetup owner, ReplicaSetup standby) {
    Listener listener = new Listener(handedOver);
    replica = Replica.start(standby, listener);
    protector = Protector.start(owner, listener);
  }

  /** Waits until the guest is protected and that many epochs were committed. */
  public ProtectorStatus awaitEpochs(long epochs) throws InterruptedException {
    long deadline = System.nanoTime() + WITHIN.toNanos();
    while (true) {
      ProtectorStatus status = protector.status();
      if (status.phase() == Phase.PROTECTED && status.epochs() >= epochs) {
        return status;
      }
      if (handedOver.isCompletedExceptionally()) {
        handedOver.join();
      }
      if (System.nanoTime() - deadline > 0) {
        throw new FaultException(
            FaultKind.TIMEOUT, "%d epochs took more than %s".formatted(epochs, WITHIN));
      }
      Thread.sleep(20);
    }
  }

  /** Hands the guest to a process that waits over its live image. */
  public Handoff handOff(ArrivalSetup target, HandoffArea area) throws InterruptedException {
    try (Arrival arrival = Arrival.start(target, new Listener(handedOver))) {
      while (arrival.status() == ArrivalStatus.STARTING) {
        Thread.sleep(1);
      }
      HandoffResult source = protector.handoff(area, HANDOFF_WITHIN);
      return new Handoff(
          source,
          handedOver.get(HANDOFF_WITHIN.toNanos(), TimeUnit.NANOSECONDS),
          arrival.written(HANDOFF_WITHIN).orElseThrow());
    } catch (ExecutionException | TimeoutException e) {
      throw new FaultException(FaultKind.ERROR, "the target of a handoff did not run: " + e, e);
    }
  }

  @Override
  public void close() {
    protector.close();
    replica.close();
  }

  private record Listener(CompletableFuture<HandedOver> outcome)
      implements Protector.Listener, Replica.Listener, Arrival.Listener {
    @Override
    public void synced(long epoch) {}

    @Override
    public void urgent(boolean isUrgent) {
      RealTimeProcess.urgent(isUrgent);
    }

    @Override
    public void arrived(HandedOver handedOver) {
      boolean unused = outcome.complete(handedOver);
    }

    @Override
    public void deposed(long generation) {
      failed(new FaultException(FaultKind.ERROR, "the bench's guest was taken over unasked"));
    }

    @Override
    public void failed(FaultException fault) {
      boolean unused = outcome.completeExceptionally(fault);
    }
  }
}
