package org.nilmigration.checkpoint.region;

/**
 * A file of a guest.
 *
 * @param name within the guest's directory
 * @param bytes apparent size
 */
public record FileInfo(String name, long bytes) {}
