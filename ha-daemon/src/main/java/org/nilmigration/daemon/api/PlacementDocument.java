package org.nilmigration.daemon.api;

/**
 * Who runs a guest, as all hosts agreed in ZooKeeper.
 *
 * @param owner host that runs it
 * @param standby host that would take over, null = unprotected
 * @param generation grows by one at each change of owner
 * @param pairing grows by one with each new standby
 * @param state what is agreed, for example RUNNING or HANDOFF
 * @param synced whether the standby could take over
 * @param memory where the guest's memory is: CXL (in the region) or LOCAL (in its owner's host)
 * @param movesTo target of a planned move under way, else null
 * @param note one sentence when something is out of the ordinary, else null
 */
public record PlacementDocument(
    String owner,
    String standby,
    long generation,
    long pairing,
    String state,
    boolean synced,
    String memory,
    String movesTo,
    String note) {}
