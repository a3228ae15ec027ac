package org.nilmigration.daemon.api;

import org.nilmigration.config.NicConfig;

/** One network interface of a guest; names and meaning are those of its YAML document. */
public record NicDocument(String bridge, String tap, String mac) {

  static NicDocument of(NicConfig nic) {
    return new NicDocument(nic.bridge(), nic.tap(), nic.mac());
  }
}
