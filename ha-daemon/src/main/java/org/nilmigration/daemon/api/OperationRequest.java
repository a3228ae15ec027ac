package org.nilmigration.daemon.api;

/**
 * Body of {@code POST /operations}.
 *
 * @param type "migrate"
 * @param vm the guest
 * @param to the host that shall run it
 */
public record OperationRequest(String type, String vm, String to) {}
