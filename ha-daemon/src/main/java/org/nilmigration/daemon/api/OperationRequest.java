package org.nilmigration.daemon.api;

/**
 * Body of {@code POST /operations}.
 *
 * @param type "migrate"; "decouple" or "recouple" for its memory alone
 * @param vm the guest
 * @param to the host that shall run it, null unless it migrates
 */
public record OperationRequest(String type, String vm, String to) {}
