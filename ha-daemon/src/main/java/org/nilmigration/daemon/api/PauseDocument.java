package org.nilmigration.daemon.api;

/**
 * A pause of HA: no owner and no standby changes by itself.
 *
 * @param vm the guest, null for all guests
 * @param by who asked for it
 * @param reason why, null when nobody said
 * @param at since when, ISO 8601 in UTC
 * @param sentence the same for people, with what ends it
 */
public record PauseDocument(String vm, String by, String reason, String at, String sentence) {}
