package org.nilmigration.daemon.nild;

import java.util.List;
import java.util.Optional;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.daemon.rest.ClusterPort;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.Fenced;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.cluster.MovePlan;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.Order;

/** The real cluster behind the REST interface. */
record AgreedCluster(Cluster cluster) implements ClusterPort {
  @Override
  public List<HostRecord> hosts() {
    return cluster.hosts();
  }

  @Override
  public List<GuestView> guests() {
    return cluster.guests();
  }

  @Override
  public Optional<GuestView> guest(String name) {
    return cluster.guest(name);
  }

  @Override
  public void apply(GuestConfig guest, boolean force) {
    cluster.apply(guest, force);
  }

  @Override
  public void desire(String guest, Desired desired) {
    cluster.desire(guest, desired);
  }

  @Override
  public Operation submit(Operation asked) {
    return cluster.operations().submit(asked);
  }

  @Override
  public MovePlan plan(String vm, String to, boolean recouple) {
    return cluster.operations().plan(vm, to, recouple);
  }

  @Override
  public Optional<Operation> operation(String id) {
    return cluster.operations().find(id);
  }

  @Override
  public List<Operation> operations() {
    return cluster.operations().list();
  }

  @Override
  public List<HistoryRecord> history(String vmOrNull, int limit) {
    return cluster.history(vmOrNull, limit);
  }

  @Override
  public Optional<HistoryRecord> historyRecord(String id) {
    return cluster.historyRecord(id);
  }

  @Override
  public List<Cordon> cordons() {
    return cluster.maintenance().cordons();
  }

  @Override
  public Cordon cordon(String host, Order order) {
    return cluster.maintenance().cordon(host, order);
  }

  @Override
  public Fenced confirmDead(String host, boolean force, Order order) {
    return cluster.fencing().confirmDead(host, force, order);
  }

  @Override
  public void uncordon(String host, Order order) {
    cluster.maintenance().uncordon(host, order);
  }

  @Override
  public Operation drain(String host, int parallel, boolean force, Order order) {
    return cluster.maintenance().drain(host, parallel, force, order);
  }

  @Override
  public Operation cancel(String operation, Order order) {
    return cluster.operations().cancel(operation, order);
  }

  @Override
  public Optional<HaPause> pause() {
    return cluster.pauses().find(null);
  }

  @Override
  public HaPause pause(String vmOrNull, Order order) {
    return cluster.pauses().pause(vmOrNull, order);
  }

  @Override
  public void resume(String vmOrNull, Order order) {
    cluster.pauses().resume(vmOrNull, order);
  }
}
