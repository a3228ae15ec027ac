package org.nilmigration.failover.agent;

import java.time.Duration;
import org.nilmigration.migration.protect.HandoffResult;
import org.nilmigration.migration.protect.Protector;
import org.nilmigration.migration.protect.ProtectorSetup;
import org.nilmigration.migration.protect.ProtectorStatus;
import org.nilmigration.migration.protect.Replica;
import org.nilmigration.migration.protect.ReplicaSetup;
import org.nilmigration.migration.protect.ReplicaStatus;
import org.nilmigration.migration.protect.Takeover;

/** How an agent gets its two workers; tests put stand-ins here. */
interface Roles {
  Protection protect(ProtectorSetup setup, Protector.Listener listener);

  Following follow(ReplicaSetup setup, Replica.Listener listener);

  /** A {@link Protector}, as far as an agent uses it. */
  interface Protection extends AutoCloseable {
    ProtectorStatus status();

    HandoffResult handoff(Duration timeout);

    @Override
    void close();
  }

  /** A {@link Replica}, as far as an agent uses it. */
  interface Following extends AutoCloseable {
    ReplicaStatus status();

    void expectHandoff(Duration within);

    Takeover takeover();

    @Override
    void close();
  }

  /** The real ones. */
  final class Real implements Roles {
    @Override
    public Protection protect(ProtectorSetup setup, Protector.Listener listener) {
      Protector protector = Protector.start(setup, listener);
      return new Protection() {
        @Override
        public ProtectorStatus status() {
          return protector.status();
        }

        @Override
        public HandoffResult handoff(Duration timeout) {
          return protector.handoff(timeout);
        }

        @Override
        public void close() {
          protector.close();
        }
      };
    }

    @Override
    public Following follow(ReplicaSetup setup, Replica.Listener listener) {
      Replica replica = Replica.start(setup, listener);
      return new Following() {
        @Override
        public ReplicaStatus status() {
          return replica.status();
        }

        @Override
        public void expectHandoff(Duration within) {
          replica.expectHandoff(within);
        }

        @Override
        public Takeover takeover() {
          return replica.takeover();
        }

        @Override
        public void close() {
          replica.close();
        }
      };
    }
  }
}
