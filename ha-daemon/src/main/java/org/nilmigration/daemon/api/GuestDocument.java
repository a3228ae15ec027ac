package org.nilmigration.daemon.api;

/**
 * A guest.
 *
 * @param name the guest
 * @param desired RUNNING, STOPPED or REMOVED, as the user asked
 * @param spec what was applied
 * @param placement who runs it, null before its first start
 * @param pause the pause of HA that holds for it, null while HA works
 * @param here the part of the answering host in it, null when it has none
 */
public record GuestDocument(
    String name,
    String desired,
    SpecDocument spec,
    PlacementDocument placement,
    PauseDocument pause,
    RoleDocument here) {}
