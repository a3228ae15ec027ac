/**
 * What all hosts agree on, as one facade over ZooKeeper: hosts, guests, operations, history; and
 * the embedded server for clusters that live on one machine.
 *
 * <p>{@link org.nilmigration.failover.cluster.Cluster} blocks for a bounded time and is called from
 * any thread but a decision thread; {@link org.nilmigration.failover.cluster.ClusterWatch} keeps a
 * local copy that never blocks, fed by Curator's threads, whose callbacks only store and wake.
 * Depends on {@code placement} and {@code json}.
 */
package org.nilmigration.failover.cluster;
