package org.nilmigration.failover.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.placement.Placement;

/**
 * What a move of a guest to another host would find and do: from what all hosts agreed on. Beats
 * are left to its owner, who looks at all of it again before it moves the guest. Pure.
 */
public final class MovePlan {
  private final GuestView guest;
  private final String to;
  private final boolean recouple;
  private final TreeMap<String, HostRecord> hosts = new TreeMap<>();
  private final Set<String> cordoned;
  private final HaPause pause;
  private final Collection<GuestView> guests;
  private final List<Check> checks = new ArrayList<>();

  /** How a check came out. */
  public enum Verdict {
    /** Nothing is in the way. */
    OK,
    /** The move does that first. */
    FIRST,
    /** The move would be refused. */
    REFUSED
  }

  /**
   * One check.
   *
   * @param fault the kind of the refusal, null unless REFUSED
   * @param text what was found; with the remedy when REFUSED
   */
  public record Check(String name, Verdict verdict, FaultKind fault, String text) {}

  /**
   * @param registered hosts
   * @param pauseOrNull of HA of all guests
   * @param guests all of them
   */
  public MovePlan(
      GuestView guest,
      String to,
      boolean recouple,
      Collection<HostRecord> registered,
      Collection<Cordon> cordons,
      HaPause pauseOrNull,
      Collection<GuestView> guests) {
    this.guest = guest;
    this.to = to;
    this.recouple = recouple;
    registered.forEach(record -> hosts.put(record.host(), record));
    this.cordoned =
        cordons.stream().map(Cordon::host).collect(Collectors.toCollection(TreeSet::new));
    this.pause = guest.pause() == null ? pauseOrNull : guest.pause();
    this.guests = guests;
    look();
  }

  public List<Check> checks() {
    return List.copyOf(checks);
  }

  /** Whether it would be done. */
  public boolean movable() {
    return checks.stream().noneMatch(check -> check.verdict() == Verdict.REFUSED);
  }

  /**
   * Refuses what would be refused later.
   *
   * @throws FaultException of the kind of the first refusal, with a line for each
   */
  public void requireMovable() {
    List<Check> refused =
        checks.stream().filter(check -> check.verdict() == Verdict.REFUSED).toList();
    if (!refused.isEmpty()) {
      String lines =
          refused.stream()
              .map(check ->
                  "guest %s does not move to host %s: %s".formatted(guest.name(), to, check.text()))
              .collect(Collectors.joining("\n"));
      throw new FaultException(refused.getFirst().fault(), lines);
    }
  }

  private void look() {
    Placement p = guest.placement();
    if (p == null || !p.state().live()) {
      refuse(
          "guest",
          FaultKind.UNAVAILABLE,
          "found it %s, expected it running on a host; start it first"
              .formatted(p == null ? "not started" : p.state()));
      return;
    }
    ok("guest", "runs on host " + p.owner() + ", generation " + p.generation());
    if (pause == null) {
      ok("ha", "not paused");
    } else {
      refuse("ha", FaultKind.UNAVAILABLE, pause.sentence() + "; resume HA first ('nilctl resume')");
    }
    if (target(p)) {
      fit(p);
      room(p);
      first(p);
    }
  }

  private boolean target(Placement p) {
    if (p.owner().equals(to)) {
      refuse("target", FaultKind.USAGE, "it is there already; name another host");
      return false;
    }
    if (!hosts.containsKey(to)) {
      refuse(
          "target",
          FaultKind.NO_SUCH,
          "found no host of that name registered, expected one of %s; start its nild, or see 'nilctl host list'"
              .formatted(String.join(", ", hosts.keySet())));
      return false;
    }
    if (cordoned.contains(to)) {
      refuse(
          "target",
          FaultKind.UNAVAILABLE,
          "it is cordoned; name another host, or 'nilctl host uncordon %s' first".formatted(to));
    } else {
      ok("target", "host " + to + " is registered and takes guests");
    }
    return true;
  }

  private void fit(Placement p) {
    HostRecord from = hosts.get(p.owner());
    if (from == null) {
      refuse(
          "owner",
          FaultKind.UNAVAILABLE,
          "its owner, host %s, is not registered and could not hand it over; start its nild, or wait for its session"
              .formatted(p.owner()));
      return;
    }
    for (HostFit.Part part : HostFit.Part.values()) {
      String name = part.name().toLowerCase(Locale.ROOT);
      Optional<String> misfit = HostFit.misfit(part, guest.config(), from, hosts.get(to));
      misfit.ifPresentOrElse(
          text -> refuse(name, FaultKind.UNAVAILABLE, text), () -> ok(name, found(part, from)));
    }
  }

  private String found(HostFit.Part part, HostRecord from) {
    return switch (part) {
      case REGION -> "both map " + from.regionUuid();
      case HYPERVISOR -> "both have QEMU " + from.traits().version();
      case PROCESSOR ->
          "both use %s; the guest has %s"
              .formatted(
                  from.traits().accelerator(),
                  guest.config().cpu() == null
                      ? "QEMU's default model"
                      : "cpu '" + guest.config().cpu() + "'");
      case NETWORK ->
          guest.config().network().nics().isEmpty()
              ? "the guest has no network interface"
              : "the bridges are there";
    };
  }

  /** A standby holds a copy of the guest's memory already. */
  private void room(Placement p) {
    long needed = guest.config().memory().bytes();
    long capacity = hosts.get(to).memoryBytes();
    long taken =
        guests.stream().filter(other -> usesTarget(other)).mapToLong(MovePlan::bytes).sum();
    if (capacity == 0 || to.equals(p.standby()) || taken + needed <= capacity) {
      ok("room", capacity == 0 ? "no limit is set there" : "enough is left there");
      return;
    }
    refuse(
        "room",
        FaultKind.UNAVAILABLE,
        "needed %s, found %s of its 'memory.capacity' %s taken; move or stop other guests there, or raise that key"
            .formatted(new ByteSize(needed), new ByteSize(taken), new ByteSize(capacity)));
  }

  private boolean usesTarget(GuestView other) {
    return other.placement() != null && other.placement().uses(to);
  }

  private static long bytes(GuestView guest) {
    return guest.config().memory().bytes();
  }

  private void first(Placement p) {
    if (p.standby() == null) {
      ok("sync", "no standby: nothing waits for it, and it runs unprotected until it has one");
    } else if (p.synced()) {
      ok("sync", "its standby, host " + p.standby() + ", is synced");
    } else {
      add("sync", Verdict.FIRST, "waits for its first sync to host " + p.standby());
    }
    if (p.memory() == MemoryPlacement.CXL) {
      ok("memory", "in the region: none of it is copied");
    } else {
      add("memory", Verdict.FIRST, "moves into the region while the guest runs (decouple)");
    }
    if (recouple) {
      ok("recouple", "afterwards its memory moves into host " + to + " while the guest runs");
    }
  }

  private void ok(String name, String text) {
    add(name, Verdict.OK, text);
  }

  private void add(String name, Verdict verdict, String text) {
    checks.add(new Check(name, verdict, null, text));
  }

  private void refuse(String name, FaultKind fault, String text) {
    checks.add(new Check(name, Verdict.REFUSED, fault, text));
  }
}
