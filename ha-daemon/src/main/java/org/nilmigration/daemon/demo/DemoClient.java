package org.nilmigration.daemon.demo;

import java.time.Duration;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.RedisWriter;

/**
 * The client beside the hosts that writes to the guest's Redis from the first protection to the end
 * of the demo. A guest without a network interface has none.
 */
final class DemoClient implements AutoCloseable {
  private static final int WRITES_MIN = 200;
  private static final Duration WRITES_WITHIN = Duration.ofMinutes(1);

  private final RedisWriter writer;
  private final Findings findings;

  private DemoClient(RedisWriter writer, Findings findings) {
    this.writer = writer;
    this.findings = findings;
  }

  static DemoClient none(Findings findings) {
    return new DemoClient(null, findings);
  }

  /** Connects, and returns when the first writes are acknowledged. */
  static DemoClient begin(LabNic nic, Findings findings) {
    DemoClient client = new DemoClient(RedisWriter.begin(nic.address()), findings);
    client.writer.awaitMore(WRITES_MIN, WRITES_WITHIN);
    findings.event("a client writes to the guest's Redis over one connection");
    return client;
  }

  /**
   * Waits for more acknowledged writes.
   *
   * @return the longest time without an answer since then, null without a client
   */
  Double silenceMillisSince(long nanos) {
    if (writer == null) {
      return null;
    }
    writer.awaitMore(WRITES_MIN, WRITES_WITHIN);
    return Findings.millis(writer.longestSilence(nanos).toNanos());
  }

  /** Lets the client read back what it wrote. */
  void finish() {
    if (writer != null) {
      findings.client(writer.finish());
    }
  }

  @Override
  public void close() {
    if (writer != null) {
      writer.close();
    }
  }
}
