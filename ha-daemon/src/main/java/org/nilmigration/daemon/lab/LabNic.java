package org.nilmigration.daemon.lab;

import java.util.List;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;

/**
 * The network interface of a lab's guest, on the bridge of whatever host it runs on.
 *
 * @param number 1 to 99, distinct for each guest of a lab
 */
public record LabNic(int number) {
  public LabNic {
    if (number < 1 || number > 99) {
      throw new IllegalArgumentException("expected a number from 1 to 99, found " + number);
    }
  }

  /** The guest's address, reachable from the lab. */
  public String address() {
    return "10.77.0." + (100 + number);
  }

  public String mac() {
    return "52:54:00:77:00:%02x".formatted(number);
  }

  public NicConfig config() {
    return new NicConfig(HostPort.BRIDGE, "guest" + number, mac());
  }

  /** The same on the lab's own bridge, for a guest that runs on none of its hosts. */
  public NicConfig outside() {
    return new NicConfig(LabNetwork.BRIDGE, "guest" + number, mac());
  }

  /** A network with this interface only, gated. */
  NetworkConfig network() {
    return new NetworkConfig(List.of(config()), OutputMode.COMMIT);
  }

  /** What the guest's kernel command line says about it. */
  String programs() {
    return "nil.ip=" + address() + "/24";
  }
}
