package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.nilmigration.config.FaultException;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;

/** One owner and one standby, with what they told their listeners. */
final class Pair implements AutoCloseable {
  final CompletableFuture<Long> deposed = new CompletableFuture<>();
  final CompletableFuture<FaultException> fault = new CompletableFuture<>();
  final Protector protector;
  final Replica replica;

  Pair(ProtectorSetup owner, ReplicaSetup standby) {
    replica =
        Replica.start(
            standby,
            new Replica.Listener() {
              @Override
              public void synced(long epoch) {}

              @Override
              public void failed(FaultException f) {
                fault.complete(f);
              }
            });
    protector =
        Protector.start(
            owner,
            new Protector.Listener() {
              @Override
              public void synced(long epoch) {}

              @Override
              public void deposed(long generation) {
                deposed.complete(generation);
              }

              @Override
              public void failed(FaultException f) {
                fault.complete(f);
              }
            });
  }

  /** Waits for that many more epochs than there are. */
  void awaitEpochs(long more) {
    awaitProtected(protector.status().epochs() + more);
  }

  void awaitProtected(long epochs) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          assertThat(fault.getNow(null)).isNull();
          assertThat(protector.status().phase()).isEqualTo(Phase.PROTECTED);
          assertThat(protector.status().epochs()).isGreaterThanOrEqualTo(epochs);
        });
  }

  @Override
  public void close() {
    protector.close();
    replica.close();
  }
}
