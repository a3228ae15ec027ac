package org.nilmigration.daemon.lab;

/**
 * One frame of a capture.
 *
 * @param nanos when it passed, CLOCK_REALTIME
 * @param port number of the interface that it came in by
 * @param sender MAC address in lower-case hexadecimal octets joined by colons
 * @param protocol EtherType
 * @param payload what the frame carries
 */
@SuppressWarnings("ArrayRecordComponent") // read only, and never compared
public record Frame(long nanos, int port, String sender, int protocol, byte[] payload) {
  static final int IPV4 = 0x0800;
}
