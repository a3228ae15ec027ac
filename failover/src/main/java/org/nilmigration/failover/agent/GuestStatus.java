package org.nilmigration.failover.agent;

import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.config.OutputMode;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.protect.ProtectorStatus;
import org.nilmigration.migration.protect.ReplicaStatus;

/**
 * One guest as this host sees it; a snapshot.
 *
 * @param role OWNER, STANDBY, or NONE
 * @param phase what this host does for it now, in a word or two
 * @param isProtected the placement names a synced standby
 * @param epoch last epoch committed (owner) or applied (standby) here
 * @param protector null unless owner of a pairing
 * @param replica null unless standby
 * @param outputMode when its output is to leave, as applied; null when it is not known here
 * @param output what becomes of the next frame the guest sends, null unless it runs here
 * @param memory where its memory is as agreed, null before its first start
 * @param pause the pause of HA that holds for it, null while HA works
 * @param lastDecision one sentence why
 * @param fault last fault of this guest on this host, null when there was none
 */
public record GuestStatus(
    String name,
    String role,
    String phase,
    long generation,
    long pairing,
    boolean isProtected,
    long epoch,
    ProtectorStatus protector,
    ReplicaStatus replica,
    OutputMode outputMode,
    OutputGate.State output,
    MemoryPlacement memory,
    HaPause pause,
    String lastDecision,
    String fault) {}
