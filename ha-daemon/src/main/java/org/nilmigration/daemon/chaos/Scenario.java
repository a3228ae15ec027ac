package org.nilmigration.daemon.chaos;

import java.util.Locale;

/** What can be done to the guest, its hosts and their ZooKeeper. */
public enum Scenario {
  HOST_KILL("the owner's host is killed, and comes back"),
  STANDBY_KILL("the standby's host is killed, and comes back"),
  HOST_STOP("the owner's host is stopped in order, and comes back"),
  HOST_STALL("the owner's host stands still for longer than a takeover"),
  HOST_STALL_SHORT("the owner's host stands still for a moment"),
  DAEMON_STALL("the owner's nild stands still for longer than a takeover"),
  DAEMON_STALL_SHORT("the owner's nild stands still for a moment"),
  DAEMON_KILL("the owner's nild is killed, and comes back"),
  STANDBY_STALL("the standby's host stands still until it is dropped"),
  QEMU_KILL("the guest's QEMU is killed"),
  STANDBY_QEMU_KILL("the QEMU that waits on the standby is killed"),
  ZOOKEEPER_CUT_OWNER("the owner's host loses ZooKeeper"),
  ZOOKEEPER_CUT_STANDBY("the standby's host loses ZooKeeper"),
  ZOOKEEPER_CUT_BOTH("both hosts lose ZooKeeper"),
  MOVE("the guest is moved to its standby"),
  DRAIN("the owner's host is drained, and uncordoned");

  private final String description;

  Scenario(String description) {
    this.description = description;
  }

  /** As in {@code nilctl chaos run --scenario}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public String description() {
    return description;
  }

  void play(ChaosGuest guest) {
    switch (this) {
      case HOST_KILL -> guest.killHost();
      case STANDBY_KILL -> guest.killStandbyHost();
      case HOST_STOP -> guest.stopHost();
      case HOST_STALL -> guest.stallHost();
      case HOST_STALL_SHORT -> guest.stallHostBriefly();
      case DAEMON_STALL -> guest.stallDaemon();
      case DAEMON_STALL_SHORT -> guest.stallDaemonBriefly();
      case DAEMON_KILL -> guest.killDaemon();
      case STANDBY_STALL -> guest.stallStandby();
      case QEMU_KILL -> guest.killQemu();
      case STANDBY_QEMU_KILL -> guest.killStandbyQemu();
      case ZOOKEEPER_CUT_OWNER -> guest.cutOwner();
      case ZOOKEEPER_CUT_STANDBY -> guest.cutStandby();
      case ZOOKEEPER_CUT_BOTH -> guest.cutBoth();
      case MOVE -> guest.move();
      case DRAIN -> guest.drain();
    }
  }
}
