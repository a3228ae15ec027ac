package org.nilmigration.daemon.api;

/**
 * Why a host gets nothing new.
 *
 * @param draining whether what it has leaves it, too
 * @param parallel guests that may be on their way out of it at once
 * @param by who asked for it
 * @param reason why, null when nobody said
 * @param at since when, ISO 8601 in UTC
 */
public record CordonDocument(boolean draining, int parallel, String by, String reason, String at) {}
