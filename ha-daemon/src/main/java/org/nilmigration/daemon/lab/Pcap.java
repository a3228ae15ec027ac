package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads a capture file of the classic pcap format with nanosecond stamps and link type
 * LINKTYPE_LINUX_SLL2 (pcap-savefile(5), tcpdump.org/linktypes).
 *
 * <pre>
 *   file    0 magic a1b23c4d   4 version   16 snap length   20 link type   24 frames
 *   frame   0 seconds   4 nanoseconds   8 captured length   12 real length   16 SLL2 header
 *   SLL2    0 EtherType   4 interface   8 ARP hardware   10 packet type   11 address length
 *          12 sender's address   20 payload            (big-endian)
 * </pre>
 */
final class Pcap {
  /** Longest frame that is captured whole; the kernel keeps room of this size for each frame. */
  static final int FRAME_MAX = 9216;

  private static final int MAGIC_NANOS = 0xa1b23c4d;
  private static final int LINUX_SLL2 = 276;
  private static final int FILE_HEADER = 24;
  private static final int FRAME_HEADER = 16;
  private static final int SLL2_HEADER = 20;
  private static final int OUTGOING = 4;
  private static final HexFormat MAC = HexFormat.ofDelimiter(":");

  private Pcap() {}

  /** The frames that came in, in the order of the file; an unfinished last one is left out. */
  static List<Frame> read(byte[] file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < FILE_HEADER || in.getInt(0) != MAGIC_NANOS || in.getInt(20) != LINUX_SLL2) {
      throw new IOException(
          "expected little-endian pcap with nanoseconds and link type LINUX_SLL2, found "
              + HexFormat.of().formatHex(file, 0, Math.min(file.length, FILE_HEADER)));
    }
    List<Frame> frames = new ArrayList<>();
    int at = FILE_HEADER;
    while (file.length - at >= FRAME_HEADER) {
      int captured = in.getInt(at + 8);
      if (captured != in.getInt(at + 12) || captured < SLL2_HEADER) {
        throw new IOException(
            "frame %d was cut from %d to %d bytes, expected whole frames of at most %d"
                .formatted(frames.size(), in.getInt(at + 12), captured, FRAME_MAX));
      }
      if (file.length - at - FRAME_HEADER < captured) {
        break;
      }
      long nanos = in.getInt(at) * 1_000_000_000L + in.getInt(at + 4);
      ByteBuffer body = in.slice(at + FRAME_HEADER, captured).order(ByteOrder.BIG_ENDIAN);
      if (body.get(10) != OUTGOING) {
        frames.add(frame(nanos, body));
      }
      at += FRAME_HEADER + captured;
    }
    return frames;
  }

  private static Frame frame(long nanos, ByteBuffer body) {
    byte[] address = new byte[Math.min(8, Byte.toUnsignedInt(body.get(11)))];
    body.get(12, address);
    byte[] payload = new byte[body.limit() - SLL2_HEADER];
    body.get(SLL2_HEADER, payload);
    return new Frame(
        nanos,
        body.getInt(4),
        MAC.formatHex(address),
        Short.toUnsignedInt(body.getShort(0)),
        payload);
  }
}
