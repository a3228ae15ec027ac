package org.nilmigration.daemon.api;

/**
 * Body of {@code POST /operations}.
 *
 * @param type "migrate"; "decouple" or "recouple" for its memory alone
 * @param vm the guest
 * @param to the host that shall run it, null unless it migrates
 * @param recouple whether its memory moves into that host afterwards, null for false
 * @param timeoutMillis after so long it is given up, null for never
 */
public record OperationRequest(
    String type, String vm, String to, Boolean recouple, Long timeoutMillis) {}
