package org.nilmigration.failover.agent;

import java.util.Map;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.decision.MemoryRules;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner moves the memory of its running guest. Begins it, and says so when it has ended; in
 * between the guest's other affairs go on. Effect thread of the guest.
 */
final class MemoryEffects {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryEffects.class);

  private final GuestSite site;

  MemoryEffects(GuestSite site) {
    this.site = site;
  }

  void move(Action.MoveMemory action) {
    if (!(site.holding() instanceof OwnerHolding owner)) {
      return;
    }
    Operation operation = action.operation();
    if (site.host().pairings().pausing(key(), System.nanoTime())) {
      throw new FaultException(
          FaultKind.TRY_AGAIN,
          "guest " + site.vm() + ": its memory could not be moved, which is tried again soon");
    }
    try (GuestRegion region = site.region()) {
      if (site.memory().byNodes()) {
        owner.bind(action.to(), site.memory().nodes(action.to()));
      } else {
        String image = site.placement().value().liveImage();
        MappedFile file = site.memory().create(region, image, action.to());
        owner.relocate(action.to(), file);
      }
    } catch (FaultException e) {
      refuse(operation, e);
      return;
    }
    if (operation != null) {
      site.report(operation.running(MemoryRules.phase(action.to())));
    }
    LOG.info("vm={} its memory moves: {}", site.vm(), place(action.to()));
  }

  void report(Action.ReportMove action) {
    site.report(action.operation().progress(action.howFar()));
  }

  void cancel() {
    if (site.holding() instanceof OwnerHolding owner && owner.moving() != null) {
      owner.moving().cancel().run();
    }
  }

  /** The placement first: what it says, and not the operation, others rely on. */
  void finish(Action.FinishMove action) {
    if (!(site.holding() instanceof OwnerHolding owner)) {
      return;
    }
    MovingMemory move = owner.moving();
    FaultException fault = move.end().join().orElse(null);
    if (fault == null) {
      if (arrived(move)) {
        owner.forgetMove();
        done(action.operation(), move);
      }
      return;
    }
    owner.forgetMove();
    if (action.calledOff()) {
      LOG.info("vm={} its memory stays: {}", site.vm(), fault.getMessage());
    } else if (fault.kind() == FaultKind.TRY_AGAIN) {
      LOG.info("vm={} the move of its memory begins anew: {}", site.vm(), fault.getMessage());
    } else {
      site.host().pairings().failed(key(), System.nanoTime());
      refuse(action.operation(), fault);
    }
  }

  private boolean arrived(MovingMemory move) {
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    boolean out = move.to() == MemoryPlacement.CXL;
    HistoryRecord record =
        site.record(
                out ? HistoryKind.DECOUPLED : HistoryKind.RECOUPLED,
                p.owner(),
                p.owner(),
                p.generation(),
                "its memory is " + place(move.to()))
            .with(0, null, Map.of("move", move.millis()));
    return site.write(now, p.withMemory(move.to()), record).isPresent();
  }

  private void done(Operation operation, MovingMemory move) {
    if (move.to() == MemoryPlacement.CXL) {
      site.memory().forget(site.vm());
    }
    site.host().pairings().succeeded(key());
    site.fault(null);
    if (operation != null && MemoryRules.concerns(operation)) {
      site.report(
          operation.done(
              "the memory of guest " + site.vm() + " is " + place(move.to()),
              Map.of("move", move.millis())));
    }
  }

  private void refuse(Operation operation, FaultException fault) {
    if (operation == null) {
      throw fault;
    }
    LOG.warn("vm={} its memory stays: {}", site.vm(), fault.getMessage());
    site.fault(fault.getMessage());
    String runs =
        operation.type() == OperationType.MIGRATE && operation.phase() == OperationPhase.RECOUPLE
            ? "guest " + site.vm() + " runs on host " + site.host().host() + ", but: "
            : "";
    site.report(operation.failed(runs + fault.getMessage(), fault.kind().exitCode()));
  }

  private String place(MemoryPlacement memory) {
    return MemoryRules.place(memory, site.host().host());
  }

  private String key() {
    return site.vm() + " memory";
  }
}
