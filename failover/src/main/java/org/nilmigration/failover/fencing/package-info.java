/**
 * Hosts that are off for certain: other hosts by ClusterLabs' fence agents, this one by its
 * watchdog.
 */
package org.nilmigration.failover.fencing;
