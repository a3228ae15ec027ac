package org.nilmigration.daemon.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * What one client wrote, what was acknowledged, and whether the server's answers agree. The client
 * is the only writer: it counts one counter up, and writes rising numbers under a few keys. Any
 * thread.
 */
final class WriteLedger {
  private static final int FAULTS_MAX = 20;

  private final long[] sent;
  private final long[] acknowledged;
  private final List<String> faults = new ArrayList<>();
  private long[] ackNanos = new long[1 << 10];
  private int acks;
  private long counter;
  private int countsInFlight;
  private long lost;
  private long appliedTwice;

  /**
   * Starts an account.
   *
   * @param keys number of keys
   * @param counter the counter's value before the first write
   */
  WriteLedger(int keys, long counter) {
    this.sent = new long[keys];
    this.acknowledged = new long[keys];
    this.counter = counter;
  }

  /** The counter is asked to count. */
  synchronized void counting() {
    countsInFlight++;
  }

  /** The counter's answer. */
  synchronized void counted(long reply, long nanos) {
    countsInFlight--;
    long expected = counter + 1;
    if (reply < expected) {
      lost += expected - reply;
      fault("INCR answered %d, expected %d: acknowledged writes were lost", reply, expected);
    } else if (reply > expected) {
      appliedTwice += reply - expected;
      fault("INCR answered %d, expected %d: writes were applied twice", reply, expected);
    }
    counter = reply;
    acknowledge(nanos);
  }

  /** A number is written under a key; each is greater than the one before. */
  synchronized void writing(int key, long number) {
    sent[key] = number;
  }

  /** The number is acknowledged. */
  synchronized void wrote(int key, long number, long nanos) {
    acknowledged[key] = number;
    acknowledge(nanos);
  }

  private void acknowledge(long nanos) {
    if (acks == ackNanos.length) {
      ackNanos = Arrays.copyOf(ackNanos, 2 * acks);
    }
    ackNanos[acks++] = nanos;
  }

  /** The counter as read at the end. */
  synchronized void endsWithCounter(long found) {
    if (found < counter) {
      lost += counter - found;
      fault("the counter ends with %d, but %d was acknowledged", found, counter);
    } else if (found > counter + countsInFlight) {
      appliedTwice += found - counter - countsInFlight;
      fault("the counter ends with %d, but only %d was sent", found, counter + countsInFlight);
    }
  }

  /** A key's number as read at the end. */
  synchronized void endsWith(int key, long found) {
    if (found < acknowledged[key]) {
      lost++;
      fault("a key ends with %d, but %d was acknowledged", found, acknowledged[key]);
    } else if (found > sent[key]) {
      fault("a key ends with %d, but only %d was sent", found, sent[key]);
    }
  }

  private void fault(String sentence, long found, long expected) {
    if (faults.size() < FAULTS_MAX) {
      faults.add(sentence.formatted(found, expected));
    }
  }

  synchronized int acks() {
    return acks;
  }

  synchronized long lost() {
    return lost;
  }

  synchronized long appliedTwice() {
    return appliedTwice;
  }

  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  /** When the first answer after that moment came; empty while there is none. */
  synchronized OptionalLong firstAckAfter(long nanos) {
    return Arrays.stream(ackNanos, 0, acks).filter(at -> at > nanos).findFirst();
  }

  /**
   * The longest time without an answer, of all such times that touch a span.
   *
   * @param untilNanos an answer that is still missing then counts as given then
   */
  synchronized Duration longestSilence(long fromNanos, long untilNanos) {
    long longest = 0;
    long before = acks == 0 ? fromNanos : ackNanos[0];
    for (int i = 1; i < acks && before <= untilNanos; i++) {
      if (ackNanos[i] >= fromNanos) {
        longest = Math.max(longest, ackNanos[i] - before);
      }
      before = ackNanos[i];
    }
    return Duration.ofNanos(Math.max(longest, untilNanos - before));
  }
}
