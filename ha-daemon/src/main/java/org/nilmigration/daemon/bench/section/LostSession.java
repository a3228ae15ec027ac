package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.Optional;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * What ZooKeeper alone tells of a host's death: its session is over, and the znode that it held by
 * it is gone.
 */
final class LostSession {
  /** What clusters that have ZooKeeper alone typically give a host. */
  static final Duration TIMEOUT = Duration.ofSeconds(4);

  static final String PEER = "ZooKeeper session of " + TIMEOUT.toSeconds() + " s";

  private static final Duration WITHIN = TIMEOUT.multipliedBy(10);

  private LostSession() {}

  /** Hosts A and B whose sessions have that timeout; not started. */
  static Lab openLab(Setting setting) {
    return Lab.open(
        LabOptions.twoHosts().withAccelerator(setting.accelerator()).withSession(TIMEOUT));
  }

  /**
   * Waits until the znode of a host that was killed is gone, as another host reads it.
   *
   * @return when, in {@link System#nanoTime()}
   */
  static long await(Lab lab, String killed, String asked) {
    boolean unused =
        Await.closely(
            "ZooKeeper has given up the session of host " + killed,
            WITHIN,
            () ->
                lab.host(asked).api().hosts().stream()
                        .anyMatch(host -> host.name().equals(killed) && host.session())
                    ? Optional.empty()
                    : Optional.of(true));
    return System.nanoTime();
  }
}
