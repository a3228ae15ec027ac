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
 *   <li>The guest sends by the ports of its owners, in their order. A frame of an earlier owner may
 *       come late, when that owner stood still between its look at the taken word and the release:
 *       then it was made before the moment that the present owner went on from, as the guest's own
 *       clock shows.
 * </ul>
 *
 * It cannot see a frame that leaves uncommitted when nothing of it is sent again after a takeover;
 * frames are compared with epochs where these are known, in the tests of {@code migration}.
 */
public final class FrameJudge {
  private static final int FAULTS_MAX = 20;
  private static final int TCP = 6;
  private static final int TCP_OPTIONS = 20;
  private static final int OPTIONS_END = 0;
  private static final int PADDING = 1;
  private static final int TIMESTAMP = 8;
  private static final int SYN = 0x02;
  private static final int RST = 0x04;
  private static final int ACK = 0x10;

  private final String mac;
  private final List<String> faults = new ArrayList<>();
  private final Map<Long, TcpStream> streams = new HashMap<>();
  private final List<Integer> ports;
  private final Map<Integer, Long> frames = new TreeMap<>();
  private int owner = -1;
  private long lateFrames;
  private long streamCount;

  private FrameJudge(String mac, List<Integer> ports) {
    this.mac = mac;
    this.ports = List.copyOf(ports);
  }

  /**
   * The verdict.
   *
   * @param framesByPort number of the guest's frames by number of the port
   * @param lateFrames those of an earlier owner after the first frame of the next one
   * @param streams TCP connections seen
   * @param bytesSentAgain of all streams, each the same as before unless there is a fault
   * @param faults one sentence for each thing that did not hold
   */
  public record Verdict(
      Map<Integer, Long> framesByPort,
      long lateFrames,
      long streams,
      long bytesSentAgain,
      List<String> faults) {
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
    FrameJudge judge = new FrameJudge(mac, ports);
    for (Frame frame : frames) {
      if (frame.sender().equals(mac) && ports.contains(frame.port())) {
        judge.saw(frame);
      }
    }
    if (judge.owner != ports.size() - 1) {
      judge.fault(
          "guest %s: found frames of its first %d owners, expected some of all %d, which lay on the ports %s"
              .formatted(mac, judge.owner + 1, ports.size(), ports));
    }
    long again = judge.streams.values().stream().mapToLong(TcpStream::retransmitted).sum();
    return new Verdict(judge.frames, judge.lateFrames, judge.streamCount, again, judge.faults);
  }

  private void saw(Frame frame) {
    frames.merge(frame.port(), 1L, Long::sum);
    boolean late = isLate(frame.port());
    ByteBuffer packet = ByteBuffer.wrap(frame.payload());
    if (frame.protocol() == Frame.IPV4 && packet.limit() >= 20 && packet.get(9) == TCP) {
      segment(frame, packet, (packet.get(0) & 0xf) * 4, late);
    }
  }

  private boolean isLate(int port) {
    if (owner >= 0 && ports.get(owner) == port) {
      return false;
    }
    if (owner + 1 < ports.size() && ports.get(owner + 1) == port) {
      owner++;
      streams.values().forEach(TcpStream::nextOwner);
      return false;
    }
    if (owner < 0 || !ports.subList(0, owner).contains(port)) {
      fault("guest %s sent by port %d before its turn in %s".formatted(mac, port, ports));
      return false;
    }
    lateFrames++;
    return true;
  }

  private void segment(Frame frame, ByteBuffer packet, int tcp, boolean late) {
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
    Optional<Integer> stamp = stamp(packet, tcp + TCP_OPTIONS, data);
    int acknowledged = packet.getInt(tcp + 8);
    if (late) {
      note(frame, stream.late(acknowledged, stamp));
      return;
    }
    stamp.ifPresent(stream::stamped);
    if ((flags & ACK) != 0) {
      note(frame, stream.acknowledged(acknowledged));
    }
  }

  /** The sender's clock among the TCP options (RFC 7323). */
  private static Optional<Integer> stamp(ByteBuffer packet, int from, int end) {
    int at = from;
    while (at < end && packet.get(at) != OPTIONS_END) {
      if (packet.get(at) == TIMESTAMP && at + 6 <= end) {
        return Optional.of(packet.getInt(at + 2));
      }
      at += packet.get(at) == PADDING ? 1 : Math.max(2, packet.get(at + 1));
    }
    return Optional.empty();
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
