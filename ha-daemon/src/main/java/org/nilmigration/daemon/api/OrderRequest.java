package org.nilmigration.daemon.api;

/**
 * Body of an order of a person. All of it may be left out.
 *
 * @param by who asks, null when nobody says
 * @param reason why, null when nobody says
 * @param parallel of a drain: guests that may be on their way at once, null for the default
 * @param force of a drain: accepts that guests run unprotected afterwards; of the word that a host
 *     is off: although its session lives; null for false
 */
public record OrderRequest(String by, String reason, Integer parallel, Boolean force) {}
