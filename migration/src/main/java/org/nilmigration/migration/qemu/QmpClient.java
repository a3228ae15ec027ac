package org.nilmigration.migration.qemu;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * One QMP session (QEMU's {@code docs/interop/qmp-spec}): newline-delimited JSON both ways,
 * commands pipelined in one write where that saves round trips. The caller's thread reads the
 * socket, in {@link #pump()}; of the events only what the ports need is kept. A QEMU that once said
 * nothing in time gets little time for every next command, until it says something. Used by one
 * thread at a time.
 */
final class QmpClient implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 1 << 20;
  private static final long MUTE_NANOS_MAX = 1_000_000_000L;

  /**
   * So long it can be of no interest that QEMU says here why nothing comes to its other sockets.
   */
  static final long QUIET_NANOS_MAX = 20_000_000;

  private final String who;
  private final SocketChannel channel;
  private final SocketWait wait;
  private final SelectionKey heard;
  private final Map<Long, String> pending = new HashMap<>();
  private final Map<Long, QmpReply> replies = new HashMap<>();
  private ByteBuffer incoming = ByteBuffer.allocate(16 << 10);
  private long lastId;
  private boolean greeted;
  private boolean mute;
  private String migrationStatus = "";
  private JsonObject shutdown;
  private long stoppedMicros;
  private long resumedMicros;

  /** A command and its arguments; {@code arguments} may be null. */
  record Command(String name, JsonObject arguments) {
    Command(String name) {
      this(name, null);
    }
  }

  QmpClient(String who, SocketChannel channel, SocketWait wait) {
    this.who = who;
    this.channel = channel;
    this.wait = wait;
    try {
      heard = wait.register(channel, SelectionKey.OP_READ);
    } catch (IOException e) {
      throw new QmpClosedException("the monitor socket cannot be used", e);
    }
  }

  /** Waits for QEMU's greeting and leaves the negotiation mode. */
  void handshake(long nanosMax) {
    long deadline = System.nanoTime() + nanosMax;
    while (!greeted) {
      waitOnce(deadline, "its greeting");
    }
    execute(new Command("qmp_capabilities"), nanosMax).orThrow(who);
  }

  /** Sends one command and waits for its reply. */
  QmpReply execute(Command command, long nanosMax) {
    return executeAll(nanosMax, command).getFirst();
  }

  /** Sends all commands in one write and waits for all replies. */
  List<QmpReply> executeAll(long nanosMax, Command... commands) {
    long deadline = System.nanoTime() + (mute ? Math.min(nanosMax, MUTE_NANOS_MAX) : nanosMax);
    List<QmpReply> all = new ArrayList<>();
    for (long id : send(commands)) {
      while (!replies.containsKey(id)) {
        waitOnce(deadline, "the reply to '" + pending.get(id) + "'");
      }
      all.add(replies.remove(id));
    }
    return all;
  }

  /** Sends all commands in one write; {@link #reply} has the answers, by the ids returned. */
  long[] send(Command... commands) {
    replies.clear();
    long[] ids = new long[commands.length];
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < commands.length; i++) {
      ids[i] = ++lastId;
      pending.put(lastId, commands[i].name());
      JsonObject line = new JsonObject();
      line.addProperty("execute", commands[i].name());
      line.addProperty("id", lastId);
      if (commands[i].arguments() != null) {
        line.add("arguments", commands[i].arguments());
      }
      lines.append(line).append('\n');
    }
    write(ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8)));
    return ids;
  }

  private void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        if (channel.write(bytes) == 0) {
          throw new FaultException(
              FaultKind.ERROR,
              who + " does not read its monitor socket; found it full, expected it empty.");
        }
      }
    } catch (IOException e) {
      throw new QmpClosedException("the monitor socket is broken", e);
    }
  }

  /** Takes the reply to a command sent before, when it has come. */
  Optional<QmpReply> reply(long id) {
    return Optional.ofNullable(replies.remove(id));
  }

  /** Last word of QEMU's MIGRATION event since {@link #forgetMigration()}, "" before the first. */
  String migrationStatus() {
    return migrationStatus;
  }

  void forgetMigration() {
    pump();
    migrationStatus = "";
  }

  /** Data of the SHUTDOWN event ({@code guest}, {@code reason}), when there was one. */
  Optional<JsonObject> shutdown() {
    return Optional.ofNullable(shutdown);
  }

  /** When QEMU last said STOP, by the machine's clock and in QEMU's own words; 0 for never. */
  long stoppedMicros() {
    return stoppedMicros;
  }

  /** When QEMU last said RESUME; 0 for never. */
  long resumedMicros() {
    return resumedMicros;
  }

  /** Reads what has come, without waiting. */
  void pump() {
    try {
      while (true) {
        int read = channel.read(incoming);
        if (read == 0) {
          return;
        }
        if (read < 0) {
          throw new QmpClosedException("the monitor socket ended", null);
        }
        mute = false;
        takeLines();
      }
    } catch (IOException e) {
      throw new QmpClosedException("the monitor socket is broken", e);
    }
  }

  /**
   * Whether what QEMU says here ends {@link #waitOnce}, as it does usually, or is read when another
   * of its sockets does: each time that the caller wakes up costs QEMU some of its processor.
   */
  void wakes(boolean wakes) {
    heard.interestOps(wakes ? SelectionKey.OP_READ : 0);
  }

  /**
   * Waits until something came, then reads it; returns early while nothing here {@link #wakes}.
   *
   * @param what what is missing when the deadline has passed
   */
  void waitOnce(long deadlineNanos, String what) {
    long left = deadlineNanos - System.nanoTime();
    if (left <= 0) {
      throw new FaultException(
          FaultKind.TIMEOUT,
          who
              + " did not send "
              + what
              + " in time; look whether the host is overloaded or QEMU hangs.");
    }
    wait.await(heard.interestOps() == 0 ? Math.min(left, QUIET_NANOS_MAX) : left);
    mute |= deadlineNanos - System.nanoTime() <= 0;
    pump(); // which hears whatever came late, too
  }

  private void takeLines() {
    incoming.flip();
    byte[] bytes = incoming.array();
    int start = 0;
    for (int i = incoming.position(); i < incoming.limit(); i++) {
      if (bytes[i] == '\n') {
        take(new String(bytes, start, i - start, StandardCharsets.UTF_8));
        start = i + 1;
      }
    }
    incoming.position(start);
    incoming.compact();
    if (!incoming.hasRemaining()) {
      if (incoming.capacity() >= LINE_BYTES_MAX) {
        throw badLine("a line of more than " + LINE_BYTES_MAX + " bytes", null);
      }
      incoming = ByteBuffer.allocate(incoming.capacity() * 2).put(incoming.flip());
    }
  }

  private void take(String line) {
    JsonObject message;
    try {
      message = JsonParser.parseString(line).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw badLine("'" + line.strip() + "'", e);
    }
    if (message.has("event")) {
      takeEvent(message);
    } else if (message.has("QMP")) {
      greeted = true;
    } else if (message.has("id") && pending.containsKey(message.get("id").getAsLong())) {
      takeReply(message);
    } else {
      throw badLine("'" + line.strip() + "'", null);
    }
  }

  private void takeReply(JsonObject message) {
    long id = message.get("id").getAsLong();
    String command = pending.remove(id);
    JsonElement error = message.get("error");
    QmpReply reply =
        error == null
            ? new QmpReply(command, message.get("return"), null, null)
            : new QmpReply(command, null, text(error, "class"), text(error, "desc"));
    replies.put(id, reply);
  }

  private void takeEvent(JsonObject message) {
    JsonObject data = message.has("data") ? message.getAsJsonObject("data") : new JsonObject();
    switch (message.get("event").getAsString()) {
      case "MIGRATION" -> migrationStatus = text(data, "status");
      case "SHUTDOWN" -> shutdown = data;
      case "STOP" -> stoppedMicros = micros(message);
      case "RESUME" -> resumedMicros = micros(message);
      default -> {
        // Nobody waits for it.
      }
    }
  }

  /** When it happened, 0 when it does not say so. */
  private static long micros(JsonObject event) {
    JsonElement stamp = event.get("timestamp");
    return stamp == null
        ? 0
        : Long.parseLong(text(stamp, "seconds")) * 1_000_000
            + Long.parseLong(text(stamp, "microseconds"));
  }

  private static String text(JsonElement object, String key) {
    JsonElement value = object.getAsJsonObject().get(key);
    return value == null ? "" : value.getAsString();
  }

  private FaultException badLine(String found, Throwable cause) {
    return new FaultException(
        FaultKind.ERROR,
        who + " does not speak QMP: found " + found + ", expected one JSON object per line.",
        cause);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The other end is gone as well.
    }
  }
}
