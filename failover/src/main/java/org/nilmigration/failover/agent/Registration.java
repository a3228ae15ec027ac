package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.Optional;
import org.nilmigration.checkpoint.region.HostSlot;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.heartbeat.BeatLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a host its name in the cluster. A node that an earlier run left behind is removed when the
 * beats of that run stand still, and waited for otherwise; a run that lives keeps the name. Blocks;
 * the thread that starts the agent.
 */
final class Registration {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Cluster cluster;
  private final Region region;
  private final Duration suspectAfter;
  private final Duration sessionTimeout;

  Registration(Cluster cluster, Region region, Duration suspectAfter, Duration sessionTimeout) {
    this.cluster = cluster;
    this.region = region;
    this.suspectAfter = suspectAfter;
    this.sessionTimeout = sessionTimeout;
  }

  void register(HostRecord host) {
    long until = System.nanoTime() + sessionTimeout.multipliedBy(2).toNanos();
    boolean told = false;
    for (Optional<HostRecord> holder = cluster.register(host);
        holder.isPresent();
        holder = cluster.register(host)) {
      if (!told) {
        LOG.info(
            "host={} waits for the registration of incarnation {} (pid {}) to go",
            host.host(),
            holder.get().incarnation(),
            holder.get().pid());
        told = true;
      }
      if (beats(holder.get()) || System.nanoTime() - until > 0) {
        throw taken(host, holder.get());
      }
      if (holder.get().regionUuid().equals(host.regionUuid())) {
        cluster.deregister(host.host(), holder.get().incarnation());
      } else {
        sleep(LOOK);
      }
    }
  }

  /** Looks at the beats of an incarnation for as long as it takes to call it dead. */
  private boolean beats(HostRecord holder) {
    Optional<HostSlot> found = region.host(holder.host());
    if (found.isEmpty()) {
      return false;
    }
    try (HostSlot slot = found.get()) {
      BeatLine line = new BeatLine(slot.beatLine());
      BeatLine.Beat first = line.readAcquire();
      if (first.incarnation() != holder.incarnation()) {
        return false;
      }
      long until = System.nanoTime() + suspectAfter.multipliedBy(2).toNanos();
      while (System.nanoTime() - until < 0) {
        if (line.readAcquire().counter() != first.counter()) {
          return true;
        }
        sleep(LOOK);
      }
      return false;
    }
  }

  private static FaultException taken(HostRecord host, HostRecord holder) {
    return new FaultException(
        FaultKind.UNAVAILABLE,
        "host name %s: found a live daemon with it (incarnation %d, pid %d, %s), expected none; stop that one, or give this host another name"
            .formatted(host.host(), holder.incarnation(), holder.pid(), holder.api()));
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted while registering this host", e);
    }
  }
}
