package org.nilmigration.daemon.lab;

import java.util.Arrays;
import java.util.Optional;

/**
 * One direction of a TCP connection as it left a guest: each byte that was ever sent, by its
 * sequence number, and how far the guest had acknowledged the other direction.
 */
final class TcpStream {
  private final int first;
  private byte[] bytes = new byte[1 << 12];
  private boolean[] seen = new boolean[1 << 12];
  private long retransmitted;
  private boolean acknowledges;
  private int acknowledged;
  private boolean stamped;
  private int firstStamp;

  /**
   * Starts with the first segment seen.
   *
   * @param sequence of its first byte
   */
  TcpStream(int sequence) {
    this.first = sequence;
  }

  boolean startsAt(int sequence) {
    return first == sequence;
  }

  /** Adds a segment's bytes; a sentence when a byte was sent before with another value. */
  Optional<String> sent(int sequence, byte[] packet, int from, int length) {
    int offset = sequence - first;
    if (offset < 0) { // sent before the capture began
      int skipped = Math.min(length, -offset);
      return length == skipped
          ? Optional.empty()
          : sent(first, packet, from + skipped, length - skipped);
    }
    if (offset + length > bytes.length) {
      int larger = Math.max(offset + length, 2 * bytes.length);
      bytes = Arrays.copyOf(bytes, larger);
      seen = Arrays.copyOf(seen, larger);
    }
    int different = 0;
    for (int i = 0; i < length; i++) {
      if (seen[offset + i]) {
        retransmitted++;
        different += bytes[offset + i] == packet[from + i] ? 0 : 1;
      }
      bytes[offset + i] = packet[from + i];
      seen[offset + i] = true;
    }
    return different == 0
        ? Optional.empty()
        : Optional.of(
            "%d of %d bytes at stream offset %d differ from what was sent there before"
                .formatted(different, length, offset));
  }

  /** The guest has another owner from here on. */
  void nextOwner() {
    stamped = false;
  }

  /**
   * Judges a segment of an earlier owner that comes late: what it says must be from before the
   * moment that the present owner went on from.
   *
   * @param stamp the guest's clock (TCP timestamp), empty when the segment has none
   */
  Optional<String> late(int number, Optional<Integer> stamp) {
    if (acknowledges && number - acknowledged > 0) {
      return Optional.of(
          "it comes late and acknowledges %d bytes more than the present owner"
              .formatted(number - acknowledged));
    }
    return stamp
        .filter(clock -> stamped && clock - firstStamp > 0)
        .map(clock ->
            "it comes late and was made %d ticks of the guest's clock after the present owner went on"
                .formatted(clock - firstStamp));
  }

  /** Notes the guest's clock in a segment of the present owner. */
  void stamped(int stamp) {
    if (!stamped) {
      stamped = true;
      firstStamp = stamp;
    }
  }

  /** Notes an acknowledgement; a sentence when it takes an earlier one back. */
  Optional<String> acknowledged(int number) {
    int back = acknowledged - number;
    if (acknowledges && back > 0) {
      return Optional.of(
          "%d bytes that the guest had acknowledged are not acknowledged any more".formatted(back));
    }
    acknowledges = true;
    acknowledged = number;
    return Optional.empty();
  }

  /** Bytes that were sent again with the same value, or not. */
  long retransmitted() {
    return retransmitted;
  }
}
