package org.nilmigration.daemon.api;

/**
 * One role that a drained host still has.
 *
 * @param vm the guest
 * @param role OWNER or STANDBY
 * @param phase MOVING, WAITING or STUCK, which needs a person
 * @param reason one sentence
 */
public record DrainStepDocument(String vm, String role, String phase, String reason) {}
