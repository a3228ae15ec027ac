package org.nilmigration.failover.placement;

/**
 * A value as ZooKeeper holds it.
 *
 * @param version expected by the next versioned write
 * @param mzxid ZooKeeper's global order of the write that produced it; the greater is the newer
 */
public record Versioned<T>(T value, int version, long mzxid) {}
