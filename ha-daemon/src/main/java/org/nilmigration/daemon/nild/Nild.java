package org.nilmigration.daemon.nild;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.nilmigration.checkpoint.numa.MoveMechanism;
import org.nilmigration.checkpoint.region.LocalMemory;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.HostConfig;
import org.nilmigration.config.ZooKeeperConfig;
import org.nilmigration.daemon.api.Version;
import org.nilmigration.daemon.metrics.Metrics;
import org.nilmigration.daemon.rest.Resources;
import org.nilmigration.daemon.rest.RestServer;
import org.nilmigration.failover.agent.HostAgent;
import org.nilmigration.failover.agent.HostAgentSetup;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.EmbeddedZooKeeperServer;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.qemu.QemuHypervisor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of one host's daemon. {@link #start} and {@link #close} may race; each part is closed
 * once.
 */
public final class Nild implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Nild.class);

  private record Part(String name, AutoCloseable closeable) {}

  private final HostConfig config;
  private final Deque<Part> parts = new ArrayDeque<>();
  private boolean closed;
  private volatile HostAgent agent;

  public Nild(HostConfig config) {
    this.config = config;
  }

  /**
   * Starts everything; returns when the host takes part in the cluster. After a fault the caller
   * closes.
   */
  public void start() {
    LOG.info(
        "host={} cluster={} version={} region={} starting",
        config.host(),
        config.cluster(),
        Version.current(),
        config.region());
    StateDirectory state = adopt("state directory", StateDirectory.open(config.stateDir()));
    Hypervisor hypervisor = adopt("hypervisor", QemuHypervisor.outlived(config.qemu()));
    hypervisor.probe();
    Region region = adopt("region", openRegion(config));
    LocalMemory local = adopt("local memory", LocalMemory.open(config.memory().local()));
    MoveMechanism mechanism = MoveMechanism.of(config.region());
    LOG.info("memory moves by {}: {}", mechanism.kind(), mechanism.why());
    Cluster cluster = connect(config.zookeeper());
    Metrics metrics = new Metrics();
    Resources resources =
        new Resources(config.cluster(), new AgreedCluster(cluster), this::status, metrics);
    RestServer rest =
        adopt("REST interface", RestServer.start(config.api(), state.token(), resources, metrics));
    state.publishUrl(rest.url());
    long incarnation = state.nextIncarnation(System.currentTimeMillis());
    agent =
        adopt(
            "host agent",
            HostAgent.start(
                new HostAgentSetup(
                    config,
                    region,
                    local,
                    mechanism,
                    hypervisor,
                    cluster,
                    incarnation,
                    rest.url())));
    LOG.info(
        "host={} cluster={} incarnation={} api={} started",
        config.host(),
        config.cluster(),
        incarnation,
        rest.url());
  }

  private static Region openRegion(HostConfig config) {
    Path directory = config.region();
    if (Files.notExists(directory)) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "region %s: found no such directory, expected a formatted region; one host of the cluster makes it with 'nilctl region format'"
              .formatted(directory));
    }
    return Region.open(directory, config.regionFlush());
  }

  private Cluster connect(ZooKeeperConfig zookeeper) {
    String servers = zookeeper.connect();
    if (zookeeper.embedded() != null) {
      EmbeddedZooKeeperServer server =
          EmbeddedZooKeeperServer.start(zookeeper.embedded(), zookeeper.sessionTimeout());
      servers = adopt("embedded ZooKeeper", server).connectString();
    }
    return adopt(
        "ZooKeeper session",
        Cluster.connect(servers, zookeeper.sessionTimeout(), config.cluster()));
  }

  private HostStatus status() {
    HostAgent running = agent;
    if (running == null) {
      throw new FaultException(
          FaultKind.TRY_AGAIN,
          "host %s is starting: ask again in a moment".formatted(config.host()));
    }
    return running.status();
  }

  private <T extends AutoCloseable> T adopt(String name, T part) {
    synchronized (this) {
      if (!closed) {
        parts.push(new Part(name, part));
        return part;
      }
    }
    close(new Part(name, part));
    throw new FaultException(
        FaultKind.ERROR, "host %s was stopped while it started".formatted(config.host()));
  }

  /** Last started, first closed. A part that fails to close does not keep the others open. */
  @Override
  public void close() {
    while (true) {
      Part part;
      synchronized (this) {
        closed = true;
        part = parts.poll();
      }
      if (part == null) {
        return;
      }
      close(part);
    }
  }

  private static void close(Part part) {
    try {
      part.closeable().close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("closing the {} failed", part.name(), e);
    }
  }
}
