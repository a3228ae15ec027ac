package org.nilmigration.daemon.rest;

import java.util.List;
import java.util.Optional;
import org.nilmigration.config.GuestConfig;
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

/**
 * What the handlers ask of the cluster. Every method may block for a bounded time and throws
 * FaultException NO_QUORUM when ZooKeeper does not answer.
 */
public interface ClusterPort {
  List<HostRecord> hosts();

  List<GuestView> guests();

  Optional<GuestView> guest(String name);

  /**
   * Creates or changes a guest.
   *
   * @param force accepts what would be refused as UNSAFE
   */
  void apply(GuestConfig guest, boolean force);

  void desire(String guest, Desired desired);

  /** Asks for what {@link Operation}'s factories make. */
  Operation submit(Operation asked);

  /** What a move would find; submits nothing. */
  MovePlan plan(String vm, String to, boolean recouple);

  Optional<Operation> operation(String id);

  List<Operation> operations();

  /** Newest first. */
  List<HistoryRecord> history(String vmOrNull, int limit);

  Optional<HistoryRecord> historyRecord(String id);

  /** The cordoned hosts by name. */
  List<Cordon> cordons();

  Cordon cordon(String host, Order order);

  void uncordon(String host, Order order);

  /**
   * Cordons the host and has everything leave it.
   *
   * @param force accepts that guests run unprotected afterwards
   */
  Operation drain(String host, int parallel, boolean force, Order order);

  /** A person's word that a host is off. */
  Fenced confirmDead(String host, boolean force, Order order);

  /** Has an operation end early; how it ended is read from {@link #operation}. */
  Operation cancel(String operation, Order order);

  /** The pause of HA for all guests. */
  Optional<HaPause> pause();

  HaPause pause(String vmOrNull, Order order);

  void resume(String vmOrNull, Order order);
}
