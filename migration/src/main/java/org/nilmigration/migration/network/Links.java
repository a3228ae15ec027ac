package org.nilmigration.migration.network;

import java.util.List;

/** What a host can do with network interfaces; errno 0 is success. One thread at a time. */
interface Links {
  /** A step that the kernel refused; {@link #NONE} when it refused none. */
  record Refusal(String step, int errno) {
    static final Refusal NONE = new Refusal("", 0);
  }

  /**
   * Kind of the interface, {@code bridge} for a bridge, "" when unknown; null when there is none.
   */
  String kind(String name);

  /** Names of all interfaces. */
  List<String> names();

  /** Creates the TAP device and removes it again: whether it could be made now. */
  Refusal tryTap(String name);

  /** Brings the interface up. */
  Refusal up(String name);

  /** Runs iproute2's {@code ip}; returns its own words when it failed, else "". */
  String ip(List<String> arguments);
}
