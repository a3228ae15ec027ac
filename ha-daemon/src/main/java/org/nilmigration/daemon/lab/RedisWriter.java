package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * A client that writes to a guest's Redis all the time, over one TCP connection that it never makes
 * again: counts a counter up and writes a few keys, all in one pipeline, and waits for the answers.
 * Its thread {@code redis-writer} writes; methods may be called by another one.
 */
public final class RedisWriter implements AutoCloseable {
  private static final int PORT = 6379;
  private static final int KEYS = 8;
  private static final String COUNTER = "written";
  private static final Duration SERVER_WITHIN = Duration.ofMinutes(2);
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

  // Leaves a machine with few processors time for the rest.
  private static final long REST_MILLIS = 2;

  private final InetSocketAddress server;
  private final RespConnection connection;
  private final WriteLedger ledger;
  private final Thread thread = new Thread(this::write, "redis-writer");
  private volatile boolean enough;
  private volatile IOException broken;

  private RedisWriter(InetSocketAddress server, RespConnection connection) throws IOException {
    this.server = server;
    this.connection = connection;
    this.ledger = new WriteLedger(KEYS, read(connection, COUNTER));
  }

  /** Waits for the server and begins to write. */
  public static RedisWriter begin(String address) {
    InetSocketAddress server = new InetSocketAddress(address, PORT);
    RedisWriter writer =
        Await.until("Redis answers at " + server, SERVER_WITHIN, () -> attempt(server));
    writer.thread.setDaemon(true);
    writer.thread.start();
    return writer;
  }

  private static Optional<RedisWriter> attempt(InetSocketAddress server) {
    try {
      RespConnection connection = connect(server);
      try {
        return Optional.of(new RedisWriter(server, connection));
      } catch (IOException e) {
        connection.close();
        throw e;
      }
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "Redis at %s: %s".formatted(server, e.getMessage()), e);
    }
  }

  private static RespConnection connect(InetSocketAddress server) throws IOException {
    return RespConnection.open(server, CONNECT_WITHIN, ANSWER_WITHIN);
  }

  private static long read(RespConnection connection, String key) throws IOException {
    connection.command("GET", key).send();
    return connection.number();
  }

  private static String key(int key) {
    return "key-" + key;
  }

  private void write() {
    try {
      for (long number = 1; !enough; number++) {
        batch(number);
        Thread.sleep(REST_MILLIS);
      }
    } catch (IOException e) {
      broken = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void batch(long number) throws IOException {
    connection.command("INCR", COUNTER);
    ledger.counting();
    for (int key = 0; key < KEYS; key++) {
      connection.command("SET", key(key), Long.toString(number));
      ledger.writing(key, number);
    }
    connection.send();
    ledger.counted(connection.number(), System.nanoTime());
    for (int key = 0; key < KEYS; key++) {
      String reply = connection.reply();
      if (!"OK".equals(reply)) {
        throw new IOException("SET answered '" + reply + "', expected OK");
      }
      ledger.wrote(key, number, System.nanoTime());
    }
  }

  /** Writes acknowledged so far. */
  public long acknowledged() {
    return ledger.acks();
  }

  /** Waits until that many more writes are acknowledged. */
  public void awaitMore(int count, Duration within) {
    long goal = acknowledged() + count;
    Await.until(
        count + " more writes are acknowledged",
        within,
        () -> {
          requireConnection();
          return acknowledged() >= goal ? Optional.of(goal) : Optional.empty();
        });
  }

  /** When the first answer after that moment came, in {@link System#nanoTime()}; waits for it. */
  public long awaitAnswerAfter(long nanos, Duration within) {
    return Await.until(
        "a write is acknowledged",
        within,
        () -> {
          requireConnection();
          OptionalLong answered = ledger.firstAckAfter(nanos);
          return answered.isPresent() ? Optional.of(answered.getAsLong()) : Optional.empty();
        });
  }

  private void requireConnection() {
    IOException failure = broken;
    if (failure != null) {
      throw new FaultException(FaultKind.ERROR, brokenSentence(failure), failure);
    }
  }

  private String brokenSentence(IOException failure) {
    return "the connection to Redis at %s broke after %d acknowledged writes (%s), expected it to survive"
        .formatted(server, acknowledged(), failure.getMessage());
  }

  /** The longest time without an answer since then, until now. */
  public Duration longestSilence(long sinceNanos) {
    return ledger.longestSilence(sinceNanos, System.nanoTime());
  }

  /**
   * What the client knows at the end.
   *
   * @param acknowledged writes
   * @param lost of these, as far as counter and keys show it
   * @param appliedTwice writes that took effect more than once
   * @param sameConnection whether the first TCP connection lasted
   * @param faults one sentence for each thing that did not hold
   */
  public record Verdict(
      long acknowledged,
      long lost,
      long appliedTwice,
      boolean sameConnection,
      List<String> faults) {
    public Verdict {
      faults = List.copyOf(faults);
    }
  }

  /** Stops writing when all is answered, reads everything back, and judges. */
  public Verdict finish() {
    stopWriting();
    List<String> faults = new ArrayList<>();
    IOException failure = broken;
    if (failure == null && thread.isAlive()) {
      faults.add(
          "a write to Redis at %s is still not answered, expected an answer within %d s"
              .formatted(server, ANSWER_WITHIN.toSeconds()));
    } else if (failure == null) {
      readBack(connection, faults);
    } else {
      faults.add(brokenSentence(failure));
      readBackAnew(faults);
    }
    faults.addAll(ledger.faults());
    return new Verdict(
        ledger.acks(), ledger.lost(), ledger.appliedTwice(), failure == null, faults);
  }

  private void stopWriting() {
    enough = true;
    try {
      thread.join(ANSWER_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted while Redis was to answer", e);
    }
  }

  private void readBackAnew(List<String> faults) {
    try (RespConnection another = connect(server)) {
      readBack(another, faults);
    } catch (IOException e) {
      faults.add("Redis at %s: another connection failed, too: %s".formatted(server, e));
    }
  }

  private void readBack(RespConnection from, List<String> faults) {
    try {
      ledger.endsWithCounter(read(from, COUNTER));
      for (int key = 0; key < KEYS; key++) {
        ledger.endsWith(key, read(from, key(key)));
      }
    } catch (IOException e) {
      faults.add("reading back from Redis at %s failed: %s".formatted(server, e.getMessage()));
    }
  }

  @Override
  public void close() {
    enough = true;
    try {
      connection.close();
    } catch (IOException e) {
      // A socket that cannot be closed is of no use to anyone else.
    }
  }
}
