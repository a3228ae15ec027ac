/**
 * How a host shows in shared memory that it lives, and how another host judges that.
 *
 * <p>Owns two threads per daemon: {@code beat}, the only writer of this host's beat line, and
 * {@code watch-beats}, the only reader of the other hosts' lines. Both hold real-time priority
 * where that is allowed. {@link org.nilmigration.heartbeat.BeatDetector} is pure: time is passed
 * in.
 *
 * <p>Works on 64-byte segments handed in; maps nothing, knows no region, no ZooKeeper and no guest.
 * A verdict is evidence, not a decision. Depends on config only.
 */
package org.nilmigration.heartbeat;
