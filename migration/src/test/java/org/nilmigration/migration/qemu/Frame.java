package org.nilmigration.migration.qemu;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** An Ethernet frame: who sent it, and what it is as far as the tests care. */
final class Frame {
  static final int RARP = 0x8035;

  private static final int IPV4 = 0x0800;
  private static final int ICMP = 1;
  private static final int ETHERNET_BYTES = 14;
  private static final int IP_BYTES = 20;
  private static final int ICMP_BYTES = 8;
  private static final HexFormat MAC = HexFormat.ofDelimiter(":");

  private final byte[] bytes;

  /**
   * @param bytes kept, not copied
   */
  Frame(byte[] bytes) {
    this.bytes = bytes;
  }

  /** An ICMP echo request, whose answer is as long and carries the same number. */
  static Frame echoRequest(Address from, Address to, int number, int payloadBytes) {
    int ipBytes = IP_BYTES + ICMP_BYTES + payloadBytes;
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET_BYTES + ipBytes);
    frame.put(MAC.parseHex(to.mac())).put(MAC.parseHex(from.mac())).putShort((short) IPV4);
    frame.putShort((short) 0x4500).putShort((short) ipBytes).putInt(0);
    frame.put((byte) 64).put((byte) ICMP).putShort((short) 0);
    frame.putInt(from.ip()).putInt(to.ip());
    frame.putShort(
        ETHERNET_BYTES + 10, checksum(frame.array(), ETHERNET_BYTES, ETHERNET_BYTES + IP_BYTES));
    int icmp = ETHERNET_BYTES + IP_BYTES;
    frame.put(icmp, (byte) 8).putInt(icmp + 4, number);
    frame.putShort(icmp + 2, checksum(frame.array(), icmp, frame.capacity()));
    return new Frame(frame.array());
  }

  /** A station on the bridge, with an IPv4 address. */
  record Address(String mac, int ip) {}

  private static short checksum(byte[] bytes, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += (bytes[i] & 0xFF) << 8 | (i + 1 < to ? bytes[i + 1] & 0xFF : 0);
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (short) ~(sum + (sum >>> 16));
  }

  byte[] bytes() {
    return bytes;
  }

  String sender() {
    return MAC.formatHex(bytes, 6, 12);
  }

  int type() {
    return ByteBuffer.wrap(bytes).getShort(12) & 0xFFFF;
  }

  /** Number of the echo request that this answers, -1 when it is something else. */
  int echoReply() {
    int icmp = ETHERNET_BYTES + IP_BYTES;
    boolean reply =
        type() == IPV4
            && bytes.length >= icmp + ICMP_BYTES
            && bytes[ETHERNET_BYTES + 9] == ICMP
            && bytes[icmp] == 0;
    return reply ? ByteBuffer.wrap(bytes).getInt(icmp + 4) : -1;
  }

  @Override
  public String toString() {
    return "0x" + Integer.toHexString(type()) + " of " + bytes.length + " bytes";
  }
}
