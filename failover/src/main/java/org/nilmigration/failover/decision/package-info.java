/**
 * What a host does next for a guest, as a pure function of what it sees: same facts, same decision,
 * with one sentence why. Time, verdicts and placements are passed in.
 *
 * <p>Owns no thread, has no effects. Depends on the records of {@code placement} and {@code
 * cluster}, on the verdicts of heartbeat, and on how a guest process ended ({@code GuestExit}).
 */
package org.nilmigration.failover.decision;
