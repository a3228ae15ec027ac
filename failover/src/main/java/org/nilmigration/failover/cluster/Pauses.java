package org.nilmigration.failover.cluster;

import java.util.List;
import java.util.Optional;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.json.StrictJson;

/**
 * Pauses of HA, of one guest or of all: while one holds, hosts change no owner and no standby by
 * themselves. Any thread; blocks for a bounded time.
 */
public final class Pauses {
  static final String ALL = "/orders/pause";

  private final ZooKeeperLink link;
  private final Cluster cluster;
  private final RecordedChange change;

  Pauses(ZooKeeperLink link, Cluster cluster) {
    this.link = link;
    this.cluster = cluster;
    this.change = new RecordedChange(link);
  }

  /**
   * The pause that people asked for.
   *
   * @param vm null asks for the one of all guests
   */
  public Optional<HaPause> find(String vm) {
    String path = path(vm);
    return link.ask(
        "reading " + path,
        () -> link.data(path).map(json -> StrictJson.read(HaPause.class, json, "znode " + path)));
  }

  /**
   * Begins a pause.
   *
   * @param vm null for all guests
   * @throws FaultException NO_SUCH, USAGE when the same is paused already
   */
  public HaPause pause(String vm, Order order) {
    requireGuest(vm);
    return change.untilWritten(
        "pausing HA of " + subject(vm),
        () -> {
          find(vm)
              .ifPresent(held -> {
                throw pausedAlready(held);
              });
          HaPause pause = new HaPause(vm, order.by(), order.reason(), RecordedChange.now());
          HistoryRecord record = record(HistoryKind.PAUSED, vm, "paused", order);
          return change.commit(record, List.of(change.create(path(vm), pause))).map(done -> pause);
        });
  }

  /**
   * Ends a pause.
   *
   * @param vm null for that of all guests
   * @throws FaultException NO_SUCH, USAGE when that is not paused
   */
  public void resume(String vm, Order order) {
    requireGuest(vm);
    boolean unused =
        change.untilWritten(
            "resuming HA of " + subject(vm),
            () -> {
              if (find(vm).isEmpty()) {
                throw notPaused(vm);
              }
              HistoryRecord record = record(HistoryKind.RESUMED, vm, "resumed", order);
              return change.commit(record, List.of(change.delete(path(vm), -1))).map(done -> true);
            });
  }

  private void requireGuest(String vm) {
    if (vm != null && cluster.guest(vm).isEmpty()) {
      throw Cluster.noSuch(vm);
    }
  }

  private static FaultException pausedAlready(HaPause held) {
    return new FaultException(
        FaultKind.USAGE,
        "%s: found it so already, expected it working; resume it first to pause it anew"
            .formatted(held.sentence()));
  }

  private FaultException notPaused(String vm) {
    Optional<HaPause> all = vm == null ? Optional.empty() : find(null);
    return new FaultException(
        FaultKind.USAGE,
        "HA of %s: found %s, expected a pause to end; %s"
            .formatted(
                subject(vm),
                all.isEmpty() ? "no pause" : "none of its own, for " + all.get().sentence(),
                all.isEmpty()
                    ? "nothing is to be done"
                    : "'" + all.get().remedy() + "' ends that one"));
  }

  private static HistoryRecord record(HistoryKind kind, String vm, String what, Order order) {
    return HistoryRecord.of(
        kind,
        vm,
        null,
        null,
        0,
        "HA of %s is %s, %s".formatted(subject(vm), what, order.signature()));
  }

  private static String subject(String vm) {
    return vm == null ? "all guests" : "guest " + vm;
  }

  private static String path(String vm) {
    return vm == null ? ALL : "/vms/" + vm + "/pause";
  }
}
