package org.nilmigration.config;

/**
 * One network interface of a guest: a virtio-net device on a TAP device that its host puts on a
 * bridge. The TAP device exists as long as the guest's process.
 *
 * @param bridge name of a bridge that every host of the guest has, at most 15 characters
 * @param tap name of the TAP device, at most 15 characters, unique on every host
 * @param mac six lower-case hexadecimal octets joined by colons, a unicast address; stays with the
 *     guest wherever it runs
 */
public record NicConfig(String bridge, String tap, String mac) {
  public NicConfig {
    Rules.INTERFACE.require("bridge", bridge);
    Rules.INTERFACE.require("tap", tap);
    Rules.MAC.require("mac", mac);
  }
}
