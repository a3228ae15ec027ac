package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.cluster.ClusterWatch;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.HostFit;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.decision.FenceFacts;
import org.nilmigration.failover.decision.GuestFacts;
import org.nilmigration.failover.decision.Orders;
import org.nilmigration.failover.decision.Peer;
import org.nilmigration.failover.decision.Self;
import org.nilmigration.failover.decision.TakeoverBrakes;
import org.nilmigration.failover.fencing.Fencer;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.Versioned;

/** Gathers what a decision about one guest rests on. Decision thread; does not block. */
final class Observer {
  private final GuestSite site;
  private final AreaWatch area;
  private long orphanedSinceNanos;
  private boolean orphaned;

  Observer(GuestSite site) {
    this.site = site;
    this.area = new AreaWatch(site);
  }

  /**
   * What is so now.
   *
   * @param leads this host leads the guest's election
   */
  GuestFacts facts(GuestAgent.Around around, Optional<Versioned<Placement>> placed, boolean leads) {
    ClusterWatch watch = site.host().watch();
    String vm = site.vm();
    ClusterWatch.Wanted wanted = watch.guest(vm).orElse(null);
    Placement placement = placed.map(Versioned::value).orElse(null);
    ArrivalHolding arriving = site.arrival();
    Self self =
        new Self(
            site.host().host(),
            site.host().incarnation(),
            around.zookeeper(),
            around.stalled(),
            leads,
            around.leaving());
    Orders orders = around.orders().toward(watch, vm, placement);
    Operation operation = watch.openOperation(vm).orElse(null);
    return new GuestFacts(
        vm,
        wanted == null ? Desired.REMOVED : wanted.desired(),
        wanted == null ? null : wanted.config().host(),
        wanted == null ? 0 : wanted.config().memory().bytes(),
        placement,
        area.words(placement),
        self,
        site.holding().role(),
        arriving == null ? null : arriving.arriving(),
        peers(around, wanted == null ? null : wanted.config()),
        operation,
        operation == null ? null : watch.calledOff(operation, around.nowNanos()).orElse(null),
        orphanedFor(placement, orders.pause() != null, around.nowNanos()),
        placement == null ? null : brake(placement, around.nowNanos()),
        fence(placement, wanted == null ? null : wanted.config(), around.nowNanos()),
        orders);
  }

  private FenceFacts fence(Placement p, GuestConfig guest, long nowNanos) {
    if (p == null || guest == null || !guest.network().sendsAtOnce()) {
      return FenceFacts.NOT_REQUIRED;
    }
    Fencer fencer = site.host().fencer();
    return new FenceFacts(
        true,
        site.host().watch().fencedBy(p.owner(), p.ownerIncarnation()),
        fencer.reaches(p.owner()),
        fencer.busy(p.owner(), p.ownerIncarnation(), nowNanos),
        site.host().peers().resetAfter(p.owner(), p.ownerIncarnation()));
  }

  private String brake(Placement p, long nowNanos) {
    TakeoverBrakes.Run owner = new TakeoverBrakes.Run(p.owner(), p.ownerIncarnation());
    return site.host().brakes().holds(site.vm(), owner, nowNanos);
  }

  private Map<String, Peer> peers(GuestAgent.Around around, GuestConfig guest) {
    HostRecord me = site.host().record().get();
    Map<String, Peer> peers = new HashMap<>();
    around
        .peers()
        .forEach((name, seen) ->
            peers.put(
                name,
                new Peer(
                    name,
                    seen.incarnation(),
                    seen.registered(),
                    seen.registered() && seen.record().keeps().contains(site.vm()),
                    misfit(guest, me, seen),
                    seen.verdict(),
                    site.host().pairings().pausing(site.vm() + " " + name, around.nowNanos()),
                    around.loads().of(name),
                    seen.registered() ? seen.record().memoryBytes() : 0)));
    return peers;
  }

  private static String misfit(GuestConfig guest, HostRecord me, PeerWatch.Seen peer) {
    if (!peer.registered()) {
      return "it is not registered; start its nild";
    }
    return guest == null ? null : HostFit.misfit(guest, me, peer.record());
  }

  private Duration orphanedFor(Placement placement, boolean paused, long nowNanos) {
    boolean now =
        placement != null
            && placement.state().live()
            && placement.owner().equals(site.host().host())
            && placement.ownerIncarnation() != site.host().incarnation();
    if (now && (!orphaned || paused)) {
      orphanedSinceNanos = nowNanos;
    }
    orphaned = now;
    return now ? Duration.ofNanos(nowNanos - orphanedSinceNanos) : Duration.ZERO;
  }

  void close() {
    area.close();
  }
}
