package org.nilmigration.failover.decision;

/**
 * A guest on its way to this host, beside whatever else the host holds of it.
 *
 * @param generation generation that hands it over
 * @param area file name of the handoff area
 * @param runs the source let go and the guest runs here, mute until the outcome is written
 * @param fault why it will not come, null while it may
 */
public record Arriving(long generation, String area, boolean runs, String fault) {}
