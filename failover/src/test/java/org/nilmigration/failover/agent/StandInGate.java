package org.nilmigration.failover.agent;

import org.nilmigration.migration.hypervisor.OutputGate;

/** A gate that only remembers its state. */
final class StandInGate implements OutputGate {
  private volatile State state = State.OPEN;

  @Override
  public State state() {
    return state;
  }

  @Override
  public void hold() {
    state = State.HELD;
  }

  @Override
  public void release() {}

  @Override
  public void open() {
    state = State.OPEN;
  }
}
