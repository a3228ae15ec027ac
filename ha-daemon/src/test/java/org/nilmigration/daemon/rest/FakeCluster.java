package org.nilmigration.daemon.rest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.config.OutputMode;
import org.nilmigration.failover.agent.GuestStatus;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.agent.PeerStatus;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.Fenced;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.cluster.MovePlan;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.failover.cluster.Order;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;
import org.nilmigration.migration.hypervisor.HypervisorTraits;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.protect.PauseStatistics;
import org.nilmigration.migration.protect.ProtectorStatus;

/** A cluster of hosts a and b in memory; tests set what it answers. */
public final class FakeCluster implements ClusterPort {
  private static final HypervisorTraits TRAITS =
      new HypervisorTraits("7.2", Accelerator.TCG, "one processor", List.of("br0", "br1"));

  public final Map<String, GuestView> guests = new TreeMap<>();
  public final List<HistoryRecord> history = new ArrayList<>();
  public final Map<String, Operation> operations = new TreeMap<>();
  public final List<String> asked = new ArrayList<>();
  public FaultException fault;
  public boolean zookeeper = true;
  public PlacementState startsAs = PlacementState.RUNNING;
  public Operation outcome;
  public final Map<String, Cordon> cordons = new TreeMap<>();
  public HaPause pause;

  public static GuestConfig config(String name) {
    return ConfigFiles.guest(yaml(name), "test");
  }

  /** What a guest's document has besides, to send with. */
  public static String nics(String output) {
    return "nics:\n- {bridge: br0, tap: web0, mac: 52:54:00:00:00:01}\n"
        + "- {bridge: br1, tap: web1, mac: 52:54:00:00:00:02}\noutput: "
        + output
        + "\n";
  }

  public static String yaml(String name) {
    return "name: " + name + "\nmemory: 128MiB\nmachine: microvm\nkernel: /boot/vmlinuz\n";
  }

  public static Placement placement(PlacementState state, String note) {
    boolean live = state.live();
    return new Placement(
        "a",
        1,
        live ? "b" : null,
        live ? 2 : 0,
        3,
        4,
        state,
        "live",
        MemoryPlacement.CXL,
        live ? "shadow" : null,
        live ? "log" : null,
        live,
        null,
        note);
  }

  public void add(String name, PlacementState state) {
    guests.put(name, new GuestView(config(name), Desired.RUNNING, placement(state, null), null));
  }

  /** A running guest with two NICs. */
  public void addSending(String name, String output) {
    GuestConfig config = ConfigFiles.guest(yaml(name) + nics(output), "test");
    guests.put(
        name,
        new GuestView(config, Desired.RUNNING, placement(PlacementState.RUNNING, null), null));
  }

  /** What host a says of itself. */
  public HostStatus status() {
    RegionVerdict verdict =
        new RegionVerdict(Liveness.ALIVE, 3_000_000, 150_000_000, 9, 2, "beats");
    ProtectorStatus protector =
        new ProtectorStatus(
            ProtectorStatus.Phase.PROTECTED,
            70,
            1,
            69,
            68,
            4096,
            1,
            51_000,
            66,
            12,
            new PauseStatistics(68, 2.5, 4.25, 5),
            null);
    List<GuestStatus> here =
        guests.values().stream()
            .map(guest ->
                new GuestStatus(
                    guest.name(),
                    "OWNER",
                    "protected",
                    3,
                    4,
                    true,
                    70,
                    protector,
                    null,
                    guest.config().network().output(),
                    guest.config().network().gated()
                        ? OutputGate.State.HELD
                        : OutputGate.State.OPEN,
                    guest.placement().memory(),
                    guest.pause() == null ? pause : guest.pause(),
                    "owns",
                    null))
            .toList();
    return new HostStatus(
        "a",
        1,
        true,
        zookeeper,
        "uuid",
        cordons.get("a"),
        pause,
        List.of(new PeerStatus("b", 2, true, verdict)),
        here);
  }

  private void called(String what) {
    asked.add(what);
    if (fault != null) {
      throw fault;
    }
  }

  @Override
  public List<HostRecord> hosts() {
    called("hosts");
    return List.of(
        new HostRecord("a", 1, "uuid", "http://127.0.0.1:7400", 10, 0, 0, TRAITS, List.of()),
        new HostRecord("b", 2, "uuid", "http://127.0.0.1:7401", 11, 0, 0, TRAITS, List.of()));
  }

  @Override
  public List<GuestView> guests() {
    called("guests");
    return List.copyOf(guests.values());
  }

  @Override
  public Optional<GuestView> guest(String name) {
    called("guest " + name);
    return Optional.ofNullable(guests.get(name));
  }

  @Override
  public void apply(GuestConfig guest, boolean force) {
    called("apply " + guest.name() + (force ? " by force" : ""));
    if (guest.network().output() == OutputMode.IMMEDIATE && !force) {
      throw new FaultException(FaultKind.UNSAFE, "output is immediate");
    }
    guests.put(
        guest.name(), new GuestView(guest, Desired.RUNNING, placement(startsAs, "its note"), null));
  }

  @Override
  public void desire(String guest, Desired desired) {
    called("desire " + guest + " " + desired);
    GuestConfig config = guests.get(guest).config();
    switch (desired) {
      case RUNNING ->
          guests.put(guest, new GuestView(config, desired, placement(startsAs, null), null));
      case STOPPED ->
          guests.put(
              guest, new GuestView(config, desired, placement(PlacementState.STOPPED, null), null));
      case REMOVED -> guests.remove(guest);
    }
  }

  @Override
  public Operation submit(Operation asked) {
    called(
        "submit %s %s %s%s within %d ms"
            .formatted(
                asked.type(),
                asked.vm(),
                asked.to(),
                asked.recouple() ? " recouple" : "",
                asked.timeoutMillis()));
    Operation pending = asked.named("op-1");
    operations.put("op-1", outcome == null ? pending : outcome);
    return pending;
  }

  @Override
  public MovePlan plan(String vm, String to, boolean recouple) {
    called("plan " + vm + " " + to + (recouple ? " recouple" : ""));
    return new MovePlan(
        guests.get(vm), to, recouple, hosts(), cordons.values(), pause, guests.values());
  }

  @Override
  public Optional<Operation> operation(String id) {
    called("operation " + id);
    return Optional.ofNullable(operations.get(id));
  }

  @Override
  public List<Operation> operations() {
    called("operations");
    return List.copyOf(operations.values());
  }

  @Override
  public List<Cordon> cordons() {
    called("cordons");
    return List.copyOf(cordons.values());
  }

  @Override
  public Cordon cordon(String host, Order order) {
    called("cordon " + host + " " + order);
    return cordons.computeIfAbsent(
        host, name -> new Cordon(name, false, 2, false, order.by(), order.reason(), Instant.EPOCH));
  }

  @Override
  public Fenced confirmDead(String host, boolean force, Order order) {
    called("confirm-dead " + host + (force ? " by force" : "") + " " + order);
    return new Fenced(host, 10, order.by(), order.reason(), Instant.EPOCH);
  }

  @Override
  public void uncordon(String host, Order order) {
    called("uncordon " + host + " " + order);
    cordons.remove(host);
  }

  @Override
  public Operation drain(String host, int parallel, boolean force, Order order) {
    called("drain " + host + " " + parallel + (force ? " by force" : ""));
    cordons.put(
        host, new Cordon(host, true, parallel, force, order.by(), order.reason(), Instant.EPOCH));
    Operation running = drainOf(host, OperationState.RUNNING, null);
    operations.put("op-1", outcome == null ? running : outcome);
    return running;
  }

  /** Operation op-1, as it may be set as {@link #outcome}. */
  public static Operation drainOf(String host, OperationState state, String detail) {
    return new Operation(
        "op-1", OperationType.DRAIN, null, host, null, false, 0, null, state, detail, 0, Map.of());
  }

  @Override
  public Operation cancel(String operation, Order order) {
    called("cancel " + operation);
    Operation ended = operations.get(operation).cancelled("cancelled by " + order.by());
    operations.put(operation, ended);
    return ended;
  }

  @Override
  public Optional<HaPause> pause() {
    called("pause?");
    return Optional.ofNullable(pause);
  }

  @Override
  public HaPause pause(String vmOrNull, Order order) {
    called("pause " + vmOrNull + " " + order);
    HaPause now = new HaPause(vmOrNull, order.by(), order.reason(), Instant.EPOCH);
    if (vmOrNull == null) {
      pause = now;
    } else {
      guests.computeIfPresent(vmOrNull, (name, guest) -> paused(guest, now));
    }
    return now;
  }

  @Override
  public void resume(String vmOrNull, Order order) {
    called("resume " + vmOrNull + " " + order);
    if (vmOrNull == null) {
      pause = null;
    } else {
      guests.computeIfPresent(vmOrNull, (name, guest) -> paused(guest, null));
    }
  }

  private static GuestView paused(GuestView guest, HaPause pause) {
    return new GuestView(guest.config(), guest.desired(), guest.placement(), pause);
  }

  @Override
  public List<HistoryRecord> history(String vmOrNull, int limit) {
    called("history " + vmOrNull + " " + limit);
    return history;
  }

  @Override
  public Optional<HistoryRecord> historyRecord(String id) {
    called("history " + id);
    return history.stream().filter(record -> record.id().equals(id)).findFirst();
  }

  public static FaultException noQuorum() {
    return new FaultException(FaultKind.NO_QUORUM, "ZooKeeper does not answer");
  }
}
