/**
 * Keeps a guest recoverable and changes its host: the owner's epoch loop ({@link
 * org.nilmigration.migration.protect.Protector}), the standby that follows it ({@link
 * org.nilmigration.migration.protect.Replica}) and the planned handoff from its source ({@link
 * org.nilmigration.migration.protect.Departure}) to its target ({@link
 * org.nilmigration.migration.protect.Arrival}).
 *
 * <p>A protector owns the thread {@code epoch-GUEST}, a replica the thread {@code apply-GUEST}, an
 * arrival the thread {@code arrive-GUEST}; all work on a guest process, a tracker and a log happens
 * on that one thread. Other threads only leave requests and read status. May depend on the
 * hypervisor ports, on the log and on the trackers; knows neither QEMU nor ZooKeeper.
 */
package org.nilmigration.migration.protect;
