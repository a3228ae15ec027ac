/** Switching other hosts off for certain, by ClusterLabs' fence agents. */
package org.nilmigration.failover.fencing;
