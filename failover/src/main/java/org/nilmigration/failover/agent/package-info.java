/**
 * One host's part in the cluster: registers, watches, decides and carries out.
 *
 * <p>Threads: {@code decide-HOST} (one per {@link org.nilmigration.failover.agent.HostAgent}) looks
 * at everything and never blocks; each guest's effects run one at a time on a virtual thread of its
 * {@code GuestAgent}. Callbacks of Curator, heartbeat, protector and replica only wake the decision
 * thread. Depends on every other package of this module, and on the ports of migration, checkpoint
 * and heartbeat.
 */
package org.nilmigration.failover.agent;
