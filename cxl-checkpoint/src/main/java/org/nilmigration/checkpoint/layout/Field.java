package org.nilmigration.checkpoint.layout;

/**
 * One field of a structure, as the ABI document lists it.
 *
 * @param offset bytes from the start of the file (of the record, for record headers)
 * @param bytes its size
 * @param name snake case; {@code reserved} bytes are zero
 * @param writer the one party that writes it
 * @param order how it is written: {@code plain} (made visible by a later release) or {@code
 *     release}
 */
public record Field(long offset, long bytes, String name, String writer, String order) {}
