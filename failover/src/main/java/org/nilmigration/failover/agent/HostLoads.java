package org.nilmigration.failover.agent;

import java.util.HashMap;
import java.util.Map;
import org.nilmigration.failover.cluster.ClusterWatch;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.Versioned;

/**
 * How much guest memory each host has taken on during one look: by the placements that all hosts
 * see, and by what this host has just begun. Decision thread.
 */
final class HostLoads {
  private final Map<String, Long> bytes = new HashMap<>();

  /** A choice of this host that no placement shows yet. */
  record Choice(String host, long bytes) {}

  static HostLoads of(ClusterWatch watch) {
    HostLoads loads = new HostLoads();
    watch
        .guests()
        .forEach((name, wanted) ->
            watch
                .placement(name)
                .map(Versioned::value)
                .ifPresent(p -> loads.add(p, wanted.config().memory().bytes())));
    return loads;
  }

  private void add(Placement p, long memory) {
    if (!p.state().live()) {
      return;
    }
    add(new Choice(p.owner(), memory));
    if (p.standby() != null) {
      add(new Choice(p.standby(), memory));
    }
    if (p.handoff() != null && !p.handoff().to().equals(p.standby())) {
      add(new Choice(p.handoff().to(), memory));
    }
  }

  void add(Choice choice) {
    bytes.merge(choice.host(), choice.bytes(), Long::sum);
  }

  long of(String host) {
    return bytes.getOrDefault(host, 0L);
  }
}
