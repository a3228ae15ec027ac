package org.nilmigration.failover.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.nilmigration.failover.json.StrictJson;

/** Which hosts are there: one ephemeral znode each. */
final class HostRegistry {
  private final ZooKeeperLink link;

  HostRegistry(ZooKeeperLink link) {
    this.link = link;
  }

  List<HostRecord> hosts() {
    return link.ask(
        "listing hosts",
        () -> {
          List<HostRecord> hosts = new ArrayList<>();
          for (String name : link.sortedChildren("/hosts")) {
            holder("/hosts/" + name).ifPresent(hosts::add);
          }
          return hosts;
        });
  }

  /** Empty when registered (by now, or before in this session), else who has the name. */
  Optional<HostRecord> register(HostRecord host) {
    String path = "/hosts/" + host.host();
    CuratorFramework curator = link.curator();
    return link.ask(
        "registering host " + host.host(),
        () -> {
          try {
            curator.create().withMode(CreateMode.EPHEMERAL).forPath(path, StrictJson.write(host));
            return Optional.empty();
          } catch (KeeperException.NodeExistsException held) {
            Optional<HostRecord> holder = holder(path);
            boolean ours =
                holder.filter(h -> h.incarnation() == host.incarnation()).isPresent()
                    && sessionOwns(path);
            return ours ? Optional.empty() : holder.or(() -> Optional.of(host));
          }
        });
  }

  /** Replaces the record of a host that is registered in this session. */
  void update(HostRecord host) {
    String path = "/hosts/" + host.host();
    link.tell(
        "updating the registration of host " + host.host(),
        () -> {
          if (sessionOwns(path)) {
            link.curator().setData().forPath(path, StrictJson.write(host));
          }
        });
  }

  void deregister(String host, long incarnation) {
    String path = "/hosts/" + host;
    link.tell(
        "removing the registration of host " + host,
        () -> {
          boolean ours = holder(path).filter(h -> h.incarnation() == incarnation).isPresent();
          if (ours) {
            link.curator().delete().quietly().forPath(path);
          }
        });
  }

  private Optional<HostRecord> holder(String path) throws Exception {
    return link.data(path).map(json -> StrictJson.read(HostRecord.class, json, "znode " + path));
  }

  private boolean sessionOwns(String path) throws Exception {
    var stat = link.curator().checkExists().forPath(path);
    long session = link.curator().getZookeeperClient().getZooKeeper().getSessionId();
    return stat != null && stat.getEphemeralOwner() == session;
  }
}
