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
  }

  /** True when the guest sends, and what it sends waits for its commit. */
  public boolean gated() {
    return !nics.isEmpty() && output == OutputMode.COMMIT;
  }
}
