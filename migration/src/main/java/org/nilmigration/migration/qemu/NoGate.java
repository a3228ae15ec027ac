package org.nilmigration.migration.qemu;

import org.nilmigration.migration.hypervisor.OutputGate;

/** The gate of a guest that sends nothing, or whose output leaves at once by choice. */
enum NoGate implements OutputGate {
  INSTANCE;

  @Override
  public State state() {
    return State.OPEN;
  }

  @Override
  public void hold() {}

  @Override
  public void release() {}

  @Override
  public void open() {}
}
