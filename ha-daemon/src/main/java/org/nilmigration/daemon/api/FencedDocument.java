package org.nilmigration.daemon.api;

/**
 * A host that is off for certain.
 *
 * @param incarnation its run; later ones are not meant
 * @param by the agent that confirmed it, or who said so
 * @param reason why, null when nobody said
 * @param at ISO 8601 in UTC
 */
public record FencedDocument(String host, long incarnation, String by, String reason, String at) {}
