package org.nilmigration.daemon.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.daemon.lab.Capture;
import org.nilmigration.daemon.lab.FrameJudge;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.RedisWriter;

/**
 * A client that writes to a guest's Redis while the guest changes its hosts, and a capture of all
 * that leaves the guest. Chapters of the capture are judged one by one, so that a long story needs
 * little memory.
 */
public final class WritingClient implements AutoCloseable {
  private static final LabNic NIC = new LabNic(1);
  private static final int WRITES = 100;

  private final Lab lab;
  private final RedisWriter writer;
  private final List<Integer> ports = new ArrayList<>();
  private Capture capture;

  private WritingClient(Lab lab, LabHost owner) {
    this.lab = lab;
    chapter(owner);
    this.writer = RedisWriter.begin(NIC.address());
    goesOn();
  }

  /** The guest that it writes to. */
  public static GuestConfig guest(String firstHost) {
    return guest(firstHost, "");
  }

  /** The guest that it writes to, with more words of {@code guest/README.md}. */
  public static GuestConfig guest(String firstHost, String programs) {
    String words = ("nil.redis=1 " + programs).strip();
    return LabGuest.config("g", GuestImage.find(), words, NIC, firstHost);
  }

  /** Begins to write to the guest that runs on this host. */
  public static WritingClient begin(Lab lab, LabHost owner) {
    return new WritingClient(lab, owner);
  }

  /** Begins to capture anew. */
  private void chapter(LabHost owner) {
    ports.clear();
    ports.add(owner.portIndex());
    capture = lab.capture(NIC);
  }

  /** Waits until more writes are acknowledged. */
  public void goesOn() {
    writer.awaitMore(WRITES, GuestStory.SOON);
  }

  /** The guest has another owner now; the client must get its answers from there. */
  public Duration movedTo(LabHost owner, long sinceNanos) {
    movedTo(owner);
    return writer.longestSilence(sinceNanos);
  }

  void movedTo(LabHost owner) {
    ports.add(owner.portIndex());
    goesOn();
  }

  /** The longest time without an answer since then. */
  public Duration silenceSince(long nanos) {
    return writer.longestSilence(nanos);
  }

  /** Judges what was captured since the last time. */
  public FrameJudge.Verdict judgeFrames() {
    int owner = ports.getLast();
    FrameJudge.Verdict verdict = FrameJudge.judge(capture.end(), NIC.mac(), ports);
    Held.require(verdict.faults());
    ports.clear();
    ports.add(owner);
    capture = lab.capture(NIC);
    return verdict;
  }

  /** Judges what was acknowledged from the beginning to now; the client writes no more. */
  public RedisWriter.Verdict finish() {
    RedisWriter.Verdict verdict = writer.finish();
    Held.require(verdict.faults());
    return verdict;
  }

  @Override
  public void close() {
    writer.close();
  }
}
