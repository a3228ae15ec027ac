package org.nilmigration.failover.election;

import java.io.IOException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** This host's candidacy for one guest. One thread (the decision thread); does not block. */
public final class GuestLatch implements AutoCloseable {
  private final LeaderLatch latch;

  private GuestLatch(LeaderLatch latch) {
    this.latch = latch;
  }

  /**
   * Stands for election.
   *
   * @param wake called on a thread of Curator when leadership came or went: must only enqueue
   */
  public static GuestLatch join(
      CuratorFramework curator, String guest, String host, Runnable wake) {
    LeaderLatch latch = new LeaderLatch(curator, "/vms/" + guest + "/latch", host);
    latch.addListener(
        new LeaderLatchListener() {
          @Override
          public void isLeader() {
            wake.run();
          }

          @Override
          public void notLeader() {
            wake.run();
          }
        });
    try {
      latch.start();
    } catch (Exception e) {
      throw new FaultException(
          FaultKind.NO_QUORUM,
          "standing for election of guest %s as %s: found %s, expected ZooKeeper to accept; it is tried again"
              .formatted(guest, host, e),
          e);
    }
    return new GuestLatch(latch);
  }

  /** True while this host may try to start the guest. */
  public boolean leads() {
    return latch.hasLeadership();
  }

  @Override
  public void close() {
    try {
      latch.close();
    } catch (IOException e) {
      throw new FaultException(FaultKind.ERROR, "leaving an election failed: " + e.getMessage(), e);
    }
  }
}
