package org.nilmigration.daemon.api;

import java.util.List;

/**
 * A host, seen on both channels by the host that answers.
 *
 * @param name the host
 * @param self whether it is the one that answers
 * @param session whether it has a ZooKeeper session
 * @param incarnation the run of its daemon, null without a session
 * @param api address of its REST interface, null without a session
 * @param heartbeat ALIVE, DEAD or UNKNOWN, as judged from the region
 * @param heartbeatAgeMillis time since its last beat was seen, null for the answering host
 * @param heartbeatReason why the heartbeat is judged so, null for the answering host
 * @param owns guests that run there
 * @param standsBy guests that it would take over
 * @param cordon why it gets nothing new, null when it may get guests
 * @param left what its drain has left to do, empty when it is not drained
 */
public record HostDocument(
    String name,
    boolean self,
    boolean session,
    Long incarnation,
    String api,
    String heartbeat,
    Double heartbeatAgeMillis,
    String heartbeatReason,
    List<String> owns,
    List<String> standsBy,
    CordonDocument cordon,
    List<DrainStepDocument> left) {}
