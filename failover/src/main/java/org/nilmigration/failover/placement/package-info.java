/**
 * Where a guest lives: the placement record, its JSON, and the only code that changes it, always by
 * versioned writes or multis in ZooKeeper.
 *
 * <p>Owns no thread. Every call of {@link org.nilmigration.failover.placement.PlacementStore}
 * blocks on ZooKeeper for a bounded time and belongs on an effect thread. Depends on {@code json}
 * only.
 */
package org.nilmigration.failover.placement;
