package org.nilmigration.daemon.api;

/**
 * The answering host's part in a guest.
 *
 * @param role OWNER or STANDBY
 * @param phase what it does at present
 * @param protection whether the guest could be taken over now
 * @param epoch last epoch committed (owner) or applied (standby)
 * @param pauseCount epoch pauses measured, null on a standby
 * @param pauseP50Millis median time that an epoch stopped the guest, null on a standby
 * @param pauseP99Millis 99th percentile, null on a standby
 * @param stateBytes size of the last device state, null on a standby
 * @param gate HELD when what the guest sends waits for its commit, OPEN when it leaves at once,
 *     null on a standby
 * @param releases epochs after whose commit held output was let out, null on a standby
 * @param outputEpochs epochs that ended early because output waited, null on a standby
 * @param lastDecision one sentence: what was decided last and why
 * @param fault one sentence, null when all is well
 */
public record RoleDocument(
    String role,
    String phase,
    boolean protection,
    long epoch,
    Long pauseCount,
    Double pauseP50Millis,
    Double pauseP99Millis,
    Long stateBytes,
    String gate,
    Long releases,
    Long outputEpochs,
    String lastDecision,
    String fault) {}
