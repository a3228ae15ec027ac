package org.nilmigration.daemon.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameJudgeTest {
  private static final String MAC = "52:54:00:77:00:01";
  private static final int A = 5;
  private static final int B = 7;
  private static final int SYN_ACK = 0x12;
  private static final int ACK = 0x10;
  private static final int RST = 0x04;

  private final List<Frame> frames = new ArrayList<>();

  private void segment(int port, int flags, int sequence, int acknowledged, String data) {
    segment(port, flags, sequence, acknowledged, data, 1000 + frames.size());
  }

  private void segment(
      int port, int flags, int sequence, int acknowledged, String data, int clock) {
    byte[] bytes = data.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer packet = ByteBuffer.allocate(52 + bytes.length + 2); // short frames are padded
    packet.put(0, (byte) 0x45).putShort(2, (short) (52 + bytes.length)).put(9, (byte) 6);
    packet.putInt(20, 6379 << 16 | 40000).putInt(24, sequence).putInt(28, acknowledged);
    packet.put(32, (byte) 0x80).put(33, (byte) flags);
    packet.put(40, (byte) 1).put(41, (byte) 1).put(42, (byte) 8).put(43, (byte) 10);
    packet.putInt(44, clock).put(52, bytes);
    frames.add(new Frame(frames.size(), port, MAC, Frame.IPV4, packet.array()));
  }

  private FrameJudge.Verdict judge(Integer... ports) {
    return FrameJudge.judge(frames, MAC, List.of(ports));
  }

  @Test
  void theSameBytesAgainFromTheNextHostHold() {
    segment(A, SYN_ACK, -3, 100, "");
    segment(A, ACK, -2, 100, "abcd");
    segment(B, ACK, -2, 100, "abcd");
    segment(B, ACK, 2, 110, "ef");

    FrameJudge.Verdict verdict = judge(A, B);

    assertThat(verdict.faults()).isEmpty();
    assertThat(verdict.framesByPort()).containsEntry(A, 2L).containsEntry(B, 2L);
    assertThat(verdict.streams()).isEqualTo(1);
    assertThat(verdict.bytesSentAgain()).isEqualTo(4);
  }

  @Test
  void aRolledBackAnswerShowsAsOtherBytes() {
    segment(A, SYN_ACK, 0, 100, "");
    segment(A, ACK, 1, 100, ":13\r\n");
    segment(B, ACK, 1, 100, ":12\r\n");

    assertThat(judge(A, B).faults())
        .singleElement()
        .asString()
        .contains("1 of 5 bytes at stream offset 0 differ", "port 7");
  }

  @Test
  void anAcknowledgementIsNotTakenBack() {
    segment(A, SYN_ACK, 0, 100, "");
    segment(A, ACK, 1, 150, "");
    segment(B, ACK, 1, 130, "");

    assertThat(judge(A, B).faults()).singleElement().asString().contains("20 bytes");
  }

  @Test
  void aFrameFromBeforeTheTakeoverMayComeLate() {
    segment(A, ACK, 1, 100, "a", 50);
    segment(B, ACK, 2, 120, "b", 60);
    segment(A, ACK, 2, 110, "b", 55);

    assertThat(judge(A, B).faults()).isEmpty();
    assertThat(judge(A, B).lateFrames()).isEqualTo(1);
  }

  @Test
  void whatADeposedGuestMadeAfterTheTakeoverIsStale() {
    segment(A, ACK, 1, 100, "a", 50);
    segment(B, ACK, 2, 120, "b", 60);
    segment(B, ACK, 3, 120, "c", 90);
    segment(A, ACK, 2, 110, "b", 61);
    segment(A, ACK, 2, 121, "b", 55);
    segment(A, ACK, 2, 110, "x", 55);

    assertThat(judge(A, B).faults())
        .satisfiesExactly(
            fault -> assertThat(fault).contains("made 1 ticks of the guest's clock after"),
            fault -> assertThat(fault).contains("acknowledges 1 bytes more"),
            fault -> assertThat(fault).contains("1 of 1 bytes"));
  }

  @Test
  void aGuestThatComesBackMovesOn() {
    segment(A, ACK, 1, 100, "a");
    segment(B, ACK, 2, 100, "b");
    segment(A, ACK, 3, 100, "c");

    assertThat(judge(A, B, A).faults()).isEmpty();
    assertThat(judge(A, B, A).lateFrames()).isZero();
  }

  @Test
  void everyOwnerIsSeenInItsTurn() {
    segment(A, ACK, 1, 100, "a");
    assertThat(judge(A, B).faults()).singleElement().asString().contains("first 1 owners");
    assertThat(judge(B, A).faults()).first().asString().contains("before its turn");
  }

  @Test
  void aResetIsAFaultOnlyOfAConnectionThatWas() {
    segment(A, RST, 0, 100, "");
    assertThat(judge(A).faults()).isEmpty();

    segment(A, SYN_ACK, 0, 100, "");
    segment(A, RST, 1, 100, "");
    assertThat(judge(A).faults()).singleElement().asString().contains("reset");
  }

  @Test
  void anotherConnectionOfTheSamePortsIsAnotherStream() {
    segment(A, SYN_ACK, 0, 100, "");
    segment(A, ACK, 1, 100, "abc");
    segment(A, SYN_ACK, 0, 100, "");
    segment(A, SYN_ACK, 5000, 10, "");
    segment(A, ACK, 5001, 10, "xyz");

    assertThat(judge(A).faults()).isEmpty();
    assertThat(judge(A).streams()).isEqualTo(2);
  }

  @Test
  void aCaptureThatBeganInTheMiddleLooksAtWhatItHas() {
    segment(A, ACK, 100, 10, "cd");
    segment(B, ACK, 98, 10, "abcx");

    assertThat(judge(A, B).faults()).singleElement().asString().contains("1 of 2 bytes");
  }
}
