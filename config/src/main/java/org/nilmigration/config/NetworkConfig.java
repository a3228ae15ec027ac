package org.nilmigration.config;

import java.util.List;
import java.util.Objects;

/**
 * A guest's network.
 *
 * @param nics at most 8, with distinct TAP devices and MAC addresses
 * @param output when what the guest sends leaves its host
 */
public record NetworkConfig(List<NicConfig> nics, OutputMode output) {
  /** No interface at all. */
  public static final NetworkConfig NONE = new NetworkConfig(List.of(), OutputMode.COMMIT);

  static final int NICS_MAX = 8;

  public NetworkConfig {
    nics = List.copyOf(nics);
    Objects.requireNonNull(output, "output");
    Rules.NICS.require("nics", nics.size());
    List<String> bridges = nics.stream().map(NicConfig::bridge).toList();
    for (int i = 0; i < nics.size(); i++) {
      NicConfig nic = nics.get(i);
      List<NicConfig> before = nics.subList(0, i);
      String key = "nics[" + i + "]";
      Rules.notAmong(before.stream().map(NicConfig::tap).toList(), "tap")
          .require(key + ".tap", nic.tap());
      Rules.noBridge(bridges).require(key + ".tap", nic.tap());
      Rules.notAmong(before.stream().map(NicConfig::mac).toList(), "mac")
          .require(key + ".mac", nic.mac());
    }
  }

  /** True when the guest sends, and what it sends does not wait. */
  public boolean sendsAtOnce() {
    return !nics.isEmpty() && output == OutputMode.IMMEDIATE;
  }

  /** True when the guest sends, and what it sends waits for its commit. */
  public boolean gated() {
    return !nics.isEmpty() && output == OutputMode.COMMIT;
  }
}
