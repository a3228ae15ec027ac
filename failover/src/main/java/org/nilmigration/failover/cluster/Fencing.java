package org.nilmigration.failover.cluster;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.placement.Placement;

/**
 * What is known for certain of hosts that are off: by an agent that confirmed it, or by a person's
 * word. Any thread; blocks for a bounded time.
 */
public final class Fencing {
  static final String FOLDER = Maintenance.ORDERS + "/fenced";

  private final ZooKeeperLink link;
  private final Cluster cluster;
  private final RecordedChange change;

  Fencing(ZooKeeperLink link, Cluster cluster) {
    this.link = link;
    this.cluster = cluster;
    this.change = new RecordedChange(link);
  }

  /** An agent confirmed it. For the agents of hosts. */
  public void fenced(String host, long incarnation, String agent, String byHost) {
    write(
        new Fenced(host, incarnation, agent, "run by host " + byHost, RecordedChange.now()),
        HistoryKind.FENCED,
        "host %s is off, confirmed by %s that host %s ran".formatted(host, agent, byHost));
  }

  /** No agent could switch it off. For the agents of hosts. */
  public void failed(String host, String reason) {
    cluster.record(HistoryRecord.of(HistoryKind.FENCE_FAILED, null, host, null, 0, reason));
  }

  /**
   * A person says that a host is off: its last run known to the cluster.
   *
   * @param force although its ZooKeeper session is alive
   * @throws FaultException NO_SUCH when nothing is known of the host, UNSAFE when its session is
   *     alive
   */
  public Fenced confirmDead(String host, boolean force, Order order) {
    Optional<HostRecord> registered =
        cluster.hosts().stream().filter(record -> record.host().equals(host)).findFirst();
    if (registered.isPresent() && !force) {
      throw new FaultException(
          FaultKind.UNSAFE,
          "host %s: found its ZooKeeper session alive, expected it gone; switch the host off and wait some seconds, or say it all the same with --force: if it runs, its guests may then run twice"
              .formatted(host));
    }
    long incarnation =
        LongStream.concat(registered.stream().mapToLong(HostRecord::incarnation), runs(host))
            .max()
            .orElseThrow(() ->
                new FaultException(
                    FaultKind.NO_SUCH,
                    "host %s: found no guest and no session of it, expected one; 'nilctl host list' shows the hosts"
                        .formatted(host)));
    Fenced fenced = new Fenced(host, incarnation, order.by(), order.reason(), RecordedChange.now());
    write(
        fenced,
        HistoryKind.CONFIRMED_DEAD,
        "host %s is off%s, %s"
            .formatted(
                host,
                registered.isPresent() ? " although its session lives" : "",
                order.signature()));
    return fenced;
  }

  private LongStream runs(String host) {
    return cluster.guests().stream()
        .map(GuestView::placement)
        .flatMap(Stream::ofNullable)
        .filter(p -> p.owner().equals(host))
        .mapToLong(Placement::ownerIncarnation);
  }

  private void write(Fenced fenced, HistoryKind kind, String sentence) {
    String path = path(fenced.host());
    boolean unused =
        change.untilWritten(
            "keeping that host " + fenced.host() + " is off",
            () -> {
              CuratorOp put =
                  link.data(path).isPresent()
                      ? change.set(path, -1, fenced)
                      : change.create(path, fenced);
              HistoryRecord record = HistoryRecord.of(kind, null, fenced.host(), null, 0, sentence);
              return change.commit(record, List.of(put)).map(done -> true);
            });
  }

  private static String path(String host) {
    return FOLDER + "/" + host;
  }
}
