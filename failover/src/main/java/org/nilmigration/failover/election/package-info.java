/**
 * One Curator latch per guest: which of the candidates may start it. Leadership only opens the door
 * to a versioned write of the placement; it is never the fence itself.
 *
 * <p>Owns no thread; Curator's callbacks only wake. Depends on Curator alone.
 */
package org.nilmigration.failover.election;
