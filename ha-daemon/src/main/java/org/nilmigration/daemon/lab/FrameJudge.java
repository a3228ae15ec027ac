package org.nilmigration.daemon.lab;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Judges from the frames alone whether anything that left a guest was undone. Pure.
 *
 * <ul>
 *   <li>A byte of a TCP stream has one value for ever, whichever host sends it.
 *   <li>What the guest has acknowledged stays acknowledged.
 *   <li>After the first frame from a new owner, none comes from the host before it: the ports are
 *       those of the guest's owners, in their order.
 * </ul>
 *
 * It cannot see a frame that leaves uncommitted when nothing of it is sent again after a takeover;
 * frames are compared with epochs where these are known, in the tests of {@code migration}.
 */
public final class FrameJudge {
  private static final int FAULTS_MAX = 20;
  private static final int TCP = 6;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;

  private final String mac;
  private final List<String> faults = new ArrayList<>();
  private final Map<Long, TcpStream> streams = new HashMap<>();
  private final List<Integer> owners = new ArrayList<>();
  private final Map<Integer, Long> frames = new TreeMap<>();
  private long streamCount;

  private FrameJudge(String mac) {
    this.mac = mac;
  }

  /**
   * The verdict.
   *
   * @param framesByPort number of the guest's frames by number of the port
   * @param streams TCP connections seen
   * @param bytesSentAgain of all streams, each the same as before unless there is a fault
   * @param faults one sentence for each thing that did not hold
   */
  public record Verdict(
      Map<Integer, Long> framesByPort, long streams, long bytesSentAgain, List<String> faults) {
    public Verdict {
      framesByPort = Map.copyOf(framesByPort);
      faults = List.copyOf(faults);
    }
  }

  /**
   * Judges a capture.
   *
   * @param mac the guest's address
   * @param ports on which the guest's hosts lay, one after the other
   */
  public static Verdict judge(List<Frame> frames, String mac, List<Integer> ports) {
    FrameJudge judge = new FrameJudge(mac);
    for (Frame frame : frames) {
      if (frame.sender().equals(mac) && ports.contains(frame.port())) {
        judge.saw(frame);
      }
    }
    if (!judge.owners.equals(ports)) {
      judge.fault(
          "guest %s sent by the ports %s, expected %s: a host that had lost the guest still sent, or one that owned it never did"
              .formatted(mac, judge.owners, ports));
    }
    long again = judge.streams.values().stream().mapToLong(TcpStream::retransmitted).sum();
    return new Verdict(judge.frames, judge.streamCount, again, judge.faults);
  }

  private void saw(Frame frame) {
    frames.merge(frame.port(), 1L, Long::sum);
    if (owners.isEmpty() || owners.getLast() != frame.port()) {
      owners.add(frame.port());
    }
    ByteBuffer packet = ByteBuffer.wrap(frame.payload());
    if (frame.protocol() == Frame.IPV4 && packet.limit() >= 20 && packet.get(9) == TCP) {
      segment(frame, packet, (packet.get(0) & 0xf) * 4);
    }
  }

  private void segment(Frame frame, ByteBuffer packet, int tcp) {
    int end = Math.min(packet.limit(), Short.toUnsignedInt(packet.getShort(2)));
    if (end == 0) { // larger than the field can say: a frame that the kernel has yet to cut
      end = packet.limit();
    }
    int flags = packet.get(tcp + 13);
    long peer = Integer.toUnsignedLong(packet.getInt(16));
    long connection = peer << 32 | Integer.toUnsignedLong(packet.getInt(tcp));
    if ((flags & RST) != 0) {
      if (streams.containsKey(connection)) { // else nobody listened yet
        fault("guest %s reset a TCP connection at %d ns".formatted(mac, frame.nanos()));
      }
      return;
    }
    int sequence = packet.getInt(tcp + 4);
    int data = tcp + ((packet.get(tcp + 12) >> 4) & 0xf) * 4;
    if ((flags & SYN) != 0) {
      sequence++;
    }
    TcpStream stream = streams.get(connection);
    if (stream == null || ((flags & SYN) != 0 && !stream.startsAt(sequence))) {
      stream = new TcpStream(sequence);
      streams.put(connection, stream);
      streamCount++;
    }
    note(frame, stream.sent(sequence, frame.payload(), data, end - data));
    if ((flags & ACK) != 0) {
      note(frame, stream.acknowledged(packet.getInt(tcp + 8)));
    }
  }

  private void note(Frame frame, Optional<String> fault) {
    fault.ifPresent(what ->
        fault("guest %s, port %d, at %d ns: %s".formatted(mac, frame.port(), frame.nanos(), what)));
  }

  private void fault(String sentence) {
    if (faults.size() < FAULTS_MAX) {
      faults.add(sentence);
    }
  }
}
