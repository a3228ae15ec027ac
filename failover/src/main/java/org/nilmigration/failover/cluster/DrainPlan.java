package org.nilmigration.failover.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** What a host still has, and what a drain makes of each: from what all agreed on. Pure. */
public final class DrainPlan {
  private final String host;
  private final Map<String, HostRecord> registered = new TreeMap<>();
  private final Set<String> cordoned = new TreeSet<>();
  private final boolean force;
  private final HaPause pause;

  /** How a role is on its way out. */
  public enum Phase {
    /** It leaves now. */
    MOVING,
    /** It leaves as soon as something else is done. */
    WAITING,
    /** It stays until a person does something. */
    STUCK
  }

  /**
   * One role.
   *
   * @param role OWNER or STANDBY
   * @param reason one sentence
   */
  public record Step(String vm, String role, Phase phase, String reason) {}

  public DrainPlan(
      String host, Collection<HostRecord> hosts, Collection<Cordon> cordons, HaPause pauseOrNull) {
    this.host = host;
    this.pause = pauseOrNull;
    hosts.forEach(record -> registered.put(record.host(), record));
    cordons.forEach(cordon -> cordoned.add(cordon.host()));
    this.force = cordons.stream().anyMatch(c -> c.host().equals(host) && c.force());
  }

  /** The roles that are left; empty = drained. */
  public List<Step> steps(Collection<GuestView> guests) {
    List<Step> steps = new ArrayList<>();
    for (GuestView guest : guests) {
      Placement p = guest.placement();
      if (p != null && p.uses(host)) {
        steps.add(p.owner().equals(host) ? owner(guest, p) : standby(guest, p));
      }
    }
    return steps;
  }

  private Step owner(GuestView guest, Placement p) {
    if (paused(guest) != null) {
      return step(guest, "OWNER", Phase.STUCK, paused(guest).sentence());
    }
    if (!registered.containsKey(host)) {
      return step(
          guest,
          "OWNER",
          Phase.STUCK,
          "host " + host + " is not there to hand it over; start it, or leave it to its standby");
    }
    if (p.state() == PlacementState.HANDOFF) {
      return step(guest, "OWNER", Phase.MOVING, "is handed over to host " + p.handoff().to());
    }
    boolean usable = p.standby() != null && !cordoned.contains(p.standby());
    if (!usable && targets(p.standby()).isEmpty()) {
      return step(
          guest,
          "OWNER",
          Phase.STUCK,
          "no other host is there that is not cordoned; start or uncordon one, or stop the guest");
    }
    if (!force && targets(null).size() < 2) {
      return step(
          guest,
          "OWNER",
          Phase.STUCK,
          "no third host is there to protect it afterwards; " + remedy());
    }
    if (!usable) {
      return step(guest, "OWNER", Phase.WAITING, "moves to another host" + note(p));
    }
    return p.synced()
        ? step(guest, "OWNER", Phase.WAITING, "moves to host " + p.standby() + note(p))
        : step(guest, "OWNER", Phase.WAITING, "first sync to host " + p.standby() + note(p));
  }

  private Step standby(GuestView guest, Placement p) {
    if (paused(guest) != null) {
      return step(guest, "STANDBY", Phase.STUCK, paused(guest).sentence());
    }
    if (!registered.containsKey(p.owner())) {
      return step(
          guest, "STANDBY", Phase.STUCK, "its owner " + p.owner() + " is not there; start it");
    }
    if (!targets(p.owner()).isEmpty()) {
      return step(
          guest,
          "STANDBY",
          Phase.WAITING,
          "host " + p.owner() + " pairs it with another host" + note(p));
    }
    return force
        ? step(
            guest,
            "STANDBY",
            Phase.MOVING,
            "no other host is there: runs UNPROTECTED on host " + p.owner() + " then")
        : step(guest, "STANDBY", Phase.STUCK, "no other host is there to protect it; " + remedy());
  }

  private String remedy() {
    return "start or uncordon one, or nilctl host drain " + host + " --force";
  }

  /**
   * Refuses a drain that cannot end, or whose end nobody should learn afterwards.
   *
   * @throws FaultException USAGE, UNAVAILABLE, UNSAFE
   */
  void requireDrainable(int parallel, boolean force, Collection<GuestView> guests) {
    if (parallel < 1 || parallel > Cordon.PARALLEL_MAX) {
      throw new FaultException(
          FaultKind.USAGE,
          "draining host %s: found parallel %d, expected 1 to %d; correct it"
              .formatted(host, parallel, Cordon.PARALLEL_MAX));
    }
    if (pause != null) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "host %s is not drained: %s, and a drain chooses new standbys; resume HA, then drain again"
              .formatted(host, pause.sentence()));
    }
    Set<String> owned = new TreeSet<>();
    Set<String> unprotected = new TreeSet<>();
    for (GuestView guest : guests) {
      Placement p = guest.placement();
      boolean owns = p != null && p.uses(host) && p.owner().equals(host);
      if (owns) {
        owned.add(guest.name());
      }
      if (p != null && p.uses(host) && targets(owns ? null : p.owner()).size() < (owns ? 2 : 1)) {
        unprotected.add(guest.name());
      }
    }
    if (!owned.isEmpty() && targets(null).isEmpty()) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "host %s is not drained: found no other host that is registered, not cordoned and on the same region, expected one for guests %s; start or uncordon another host, or stop these guests"
              .formatted(host, String.join(", ", owned)));
    }
    if (!unprotected.isEmpty() && !force) {
      throw new FaultException(
          FaultKind.UNSAFE,
          "host %s is not drained: found no host left to protect guests %s afterwards, expected one; start or uncordon another host, or accept it with --force"
              .formatted(host, String.join(", ", unprotected)));
    }
  }

  /** Hosts that could get something of it. */
  private Set<String> targets(String besidesOrNull) {
    HostRecord drained = registered.get(host);
    Set<String> targets = new TreeSet<>();
    for (HostRecord other : registered.values()) {
      if (drained == null || drained.regionUuid().equals(other.regionUuid())) {
        targets.add(other.host());
      }
    }
    targets.removeAll(cordoned);
    targets.remove(host);
    if (besidesOrNull != null) {
      targets.remove(besidesOrNull);
    }
    return targets;
  }

  private HaPause paused(GuestView guest) {
    return guest.pause() == null ? pause : guest.pause();
  }

  private static String note(Placement p) {
    return p.note() == null ? "" : " (" + p.note() + ")";
  }

  private static Step step(GuestView guest, String role, Phase phase, String reason) {
    return new Step(guest.name(), role, phase, reason);
  }
}
