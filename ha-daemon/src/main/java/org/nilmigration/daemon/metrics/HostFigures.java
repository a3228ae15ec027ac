package org.nilmigration.daemon.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.config.OutputMode;
import org.nilmigration.failover.agent.GuestStatus;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.agent.PeerStatus;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.protect.PauseStatistics;
import org.nilmigration.migration.protect.ProtectorStatus;

/** The labelled figures of one host status. */
final class HostFigures {
  private final HostStatus host;
  private final List<MetricSnapshot> snapshots = new ArrayList<>();

  HostFigures(HostStatus host) {
    this.host = host;
  }

  List<MetricSnapshot> snapshots() {
    gauge(
        "nil_heartbeat_realtime", "1 when the beat thread has real-time priority", host.realtime());
    gauge("nil_failover_zookeeper_connected", "1 while ZooKeeper answers", host.zookeeper());
    gauge(
        "nil_failover_host_cordoned", "1 while this host gets nothing new", host.cordon() != null);
    gauge(
        "nil_failover_host_draining",
        "1 while everything leaves this host",
        host.cordon() != null && host.cordon().draining());
    peers();
    guests();
    protectors();
    pauses();
    return snapshots;
  }

  private void peers() {
    List<PeerStatus> judged = host.peers().stream().filter(peer -> peer.verdict() != null).toList();
    gauge(
        "nil_heartbeat_peer_alive",
        "1 when the peer's beats are seen in the region",
        judged,
        peer -> Labels.of("peer", peer.host()),
        peer -> bit(peer.verdict().liveness() == Liveness.ALIVE));
    gauge(
        "nil_heartbeat_peer_age_seconds",
        "Time since the peer's last beat",
        judged,
        peer -> Labels.of("peer", peer.host()),
        peer -> peer.verdict().ageNanos() / 1e9);
    gauge(
        "nil_heartbeat_peer_threshold_seconds",
        "Silence after which the peer is held for dead; follows the jitter of its beats",
        judged,
        peer -> Labels.of("peer", peer.host()),
        peer -> peer.verdict().thresholdNanos() / 1e9);
    gauge(
        "nil_failover_peer_registered",
        "1 while the peer has a ZooKeeper session",
        host.peers(),
        peer -> Labels.of("peer", peer.host()),
        peer -> bit(peer.registered()));
  }

  private void guests() {
    List<GuestStatus> guests =
        host.guests().stream().filter(guest -> !guest.role().equals("NONE")).toList();
    gauge(
        "nil_failover_guest_protected",
        "1 while the guest's standby could take over; role is this host's",
        guests,
        guest -> Labels.of("vm", guest.name(), "role", guest.role()),
        guest -> bit(guest.isProtected()));
    gauge(
        "nil_failover_guest_generation",
        "Grows by one at each change of owner",
        guests,
        HostFigures::vm,
        GuestStatus::generation);
    gauge(
        "nil_failover_guest_paused",
        "1 while HA of the guest is paused: nobody takes it over",
        guests,
        HostFigures::vm,
        guest -> bit(guest.pause() != null));
    gauge(
        "nil_failover_guest_output_immediate",
        "1 when the guest's output leaves before its commit, which is unsafe",
        guests.stream().filter(guest -> guest.outputMode() != null).toList(),
        HostFigures::vm,
        guest -> bit(guest.outputMode() == OutputMode.IMMEDIATE));
    gauge(
        "nil_failover_guest_output_held",
        "1 while what the guest sends waits for its commit, 0 while it leaves at once",
        guests.stream().filter(guest -> guest.output() != null).toList(),
        HostFigures::vm,
        guest -> bit(guest.output() == OutputGate.State.HELD));
    gauge(
        "nil_failover_guest_memory_local",
        "1 while the guest's memory is in its owner's host, 0 while it is in the region",
        guests.stream().filter(guest -> guest.memory() != null).toList(),
        HostFigures::vm,
        guest -> bit(guest.memory() == MemoryPlacement.LOCAL));
    gauge(
        "nil_migration_epoch_number",
        "Last epoch committed (owner) or applied (standby)",
        guests,
        HostFigures::vm,
        GuestStatus::epoch);
  }

  private void protectors() {
    List<GuestStatus> owned =
        host.guests().stream().filter(guest -> guest.protector() != null).toList();
    counter("nil_migration_epochs", "Epochs committed", owned, ProtectorStatus::epochs);
    counter(
        "nil_migration_output_releases",
        "Epochs after whose commit held output left",
        owned,
        ProtectorStatus::releases);
    counter(
        "nil_migration_output_epochs",
        "Epochs that ended early because output waited",
        owned,
        ProtectorStatus::outputEpochs);
    counter(
        "nil_migration_copied_bytes",
        "Guest memory written to the log",
        owned,
        ProtectorStatus::copiedBytes);
    counter(
        "nil_migration_write_faults",
        "Faults of the guest on pages that were tracked",
        owned,
        ProtectorStatus::writeFaults);
    gauge(
        "nil_migration_state_bytes",
        "Size of the last device state",
        owned,
        HostFigures::vm,
        guest -> guest.protector().stateBytes());
    gauge(
        "nil_migration_epoch_lag",
        "Epochs committed and not yet applied by the standby",
        owned,
        HostFigures::vm,
        guest -> guest.protector().committedEpoch() - guest.protector().appliedEpoch());
    gauge(
        "nil_migration_relocation_ratio",
        "Part of the guest's memory that was copied to where it moves",
        owned.stream().filter(guest -> guest.protector().relocation() != null).toList(),
        HostFigures::vm,
        guest -> guest.protector().relocation().part());
  }

  private void pauses() {
    GaugeSnapshot.Builder seconds = GaugeSnapshot.builder();
    boolean any = false;
    for (GuestStatus guest : host.guests()) {
      if (guest.protector() == null || guest.protector().pause().count() == 0) {
        continue;
      }
      any = true;
      PauseStatistics pause = guest.protector().pause();
      seconds.dataPoint(pause(guest, "0.5", pause.p50Millis()));
      seconds.dataPoint(pause(guest, "0.99", pause.p99Millis()));
      seconds.dataPoint(pause(guest, "1", pause.maxMillis()));
    }
    if (any) {
      snapshots.add(
          seconds
              .name("nil_migration_epoch_pause_seconds")
              .help("How long an epoch stops the guest")
              .build());
    }
  }

  private static GaugeSnapshot.GaugeDataPointSnapshot pause(
      GuestStatus guest, String quantile, double millis) {
    return new GaugeSnapshot.GaugeDataPointSnapshot(
        millis / 1e3, Labels.of("vm", guest.name(), "quantile", quantile), null);
  }

  private void gauge(String name, String help, boolean holds) {
    gauge(name, help, List.of(holds), value -> Labels.EMPTY, HostFigures::bit);
  }

  private <T> void gauge(
      String name,
      String help,
      List<T> items,
      Function<T, Labels> labels,
      ToDoubleFunction<T> value) {
    if (items.isEmpty()) {
      return;
    }
    List<GaugeSnapshot.GaugeDataPointSnapshot> points = new ArrayList<>();
    for (T item : items) {
      points.add(
          new GaugeSnapshot.GaugeDataPointSnapshot(
              value.applyAsDouble(item), labels.apply(item), null));
    }
    snapshots.add(new GaugeSnapshot(new MetricMetadata(name, help), points));
  }

  private void counter(
      String name, String help, List<GuestStatus> owned, ToLongFunction<ProtectorStatus> value) {
    if (owned.isEmpty()) {
      return;
    }
    List<CounterSnapshot.CounterDataPointSnapshot> points = new ArrayList<>();
    for (GuestStatus guest : owned) {
      points.add(
          new CounterSnapshot.CounterDataPointSnapshot(
              value.applyAsLong(guest.protector()), vm(guest), null, 0));
    }
    snapshots.add(new CounterSnapshot(new MetricMetadata(name, help), points));
  }

  private static Labels vm(GuestStatus guest) {
    return Labels.of("vm", guest.name());
  }

  private static double bit(boolean holds) {
    return holds ? 1 : 0;
  }
}
