package org.nilmigration.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/**
 * One network interface of a guest: a virtio-net device on a TAP device that its host puts on a
 * bridge. The TAP device exists as long as the guest's process.
 *
 * @param bridge name of a bridge that every host of the guest has, at most 15 characters
 * @param tap name of the TAP device, at most 15 characters, unique on every host
 * @param mac six hexadecimal octets joined by colons, kept in lower case, a unicast address; stays
 *     with the guest wherever it runs
 */
public record NicConfig(String bridge, String tap, String mac) {
  public NicConfig {
    Rules.INTERFACE.require("bridge", bridge);
    Rules.INTERFACE.require("tap", tap);
    Rules.MAC.require("mac", mac);
    mac = lowerCase(mac);
  }

  /** How MAC addresses are compared and kept. */
  static String lowerCase(String mac) {
    return mac.toLowerCase(Locale.ROOT);
  }

  /**
   * The address of a NIC that was given none: QEMU's prefix 52:54:00 and the first three octets of
   * SHA-256 over {@code GUEST/POSITION}. The same for ever: a guest must keep its address.
   */
  static String macOf(String guest, int position) {
    byte[] hash = sha256(guest + "/" + position);
    return "52:54:00:%02x:%02x:%02x".formatted(hash[0], hash[1], hash[2]);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
