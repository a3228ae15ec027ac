package org.nilmigration.failover.fencing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.nilmigration.config.FenceAgentConfig;

/**
 * One agent for one host. A call is a process: {@code key=value} lines on its standard input, never
 * on its command line, where others could read secrets. Exit codes: 0 done, or on; for {@code
 * status} 2 is off; all others are failures. Blocks the calling thread.
 */
final class FenceAgent {
  private static final int DONE = 0;
  private static final int OFF = 2;
  private static final int OUTPUT_BYTES_MAX = 8192;
  private static final int OUTPUT_CHARS_SHOWN = 200;
  private static final long OUTPUT_MILLIS = 500;

  private final String host;
  private final FenceAgentConfig config;

  /** How a call ended: an exit code, or why there is none. */
  private record Call(String action, int code, String fault, String said) {
    boolean answered(int expected) {
      return fault == null && code == expected;
    }

    String describe() {
      String how = fault == null ? "exit code " + code : fault;
      return action + ": " + how + (said.isEmpty() ? "" : ", it said: " + said);
    }
  }

  FenceAgent(String host, FenceAgentConfig config) {
    this.host = host;
    this.config = config;
  }

  /** Switches the host off and has the agent confirm it; empty when it is off, else why not. */
  Optional<String> switchOff() throws InterruptedException {
    Call off = call("off");
    if (!off.answered(DONE)) {
      return Optional.of(off.describe());
    }
    Call status = call("status");
    return status.answered(OFF)
        ? Optional.empty()
        : Optional.of(
            "off: done, but not confirmed; %s, expected exit code 2".formatted(status.describe()));
  }

  /** Asks the agent whether it could do its work now; empty when it could, else why not. */
  Optional<String> monitor() throws InterruptedException {
    Call monitor = call("monitor");
    return monitor.answered(DONE) ? Optional.empty() : Optional.of(monitor.describe());
  }

  private Call call(String action) throws InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(config.agent().toString()).redirectErrorStream(true).start();
    } catch (IOException e) {
      return new Call(action, -1, "cannot be started (" + e.getMessage() + ")", "");
    }
    AtomicReference<String> said = new AtomicReference<>("");
    Thread reader = Thread.ofVirtual().start(() -> said.set(lastLine(process.getInputStream())));
    try {
      tell(process, action);
      boolean ended = process.waitFor(config.timeout().toNanos(), TimeUnit.NANOSECONDS);
      if (ended) {
        reader.join(OUTPUT_MILLIS);
      }
      return ended
          ? new Call(action, process.exitValue(), null, said.get())
          : new Call(action, -1, "no end within " + config.timeout().toMillis() + " ms", "");
    } finally {
      Stream.concat(process.descendants(), Stream.of(process.toHandle()))
          .forEach(ProcessHandle::destroyForcibly);
    }
  }

  private void tell(Process process, String action) {
    StringBuilder lines = new StringBuilder();
    lines.append("action=").append(action).append('\n');
    lines.append("nodename=").append(host).append('\n');
    config
        .parameters()
        .forEach((key, value) -> lines.append(key).append('=').append(value).append('\n'));
    try (OutputStream in = process.getOutputStream()) {
      in.write(lines.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException endedWithoutReading) {
      return; // its exit code tells
    }
  }

  private static String lastLine(InputStream out) {
    try (out) {
      String text = new String(out.readNBytes(OUTPUT_BYTES_MAX), StandardCharsets.UTF_8);
      out.transferTo(OutputStream.nullOutputStream());
      String last =
          text.lines().map(String::strip).filter(line -> !line.isEmpty()).reduce("", (a, b) -> b);
      String safe = last.replaceAll("\\p{Cntrl}", "?");
      return safe.substring(0, Math.min(safe.length(), OUTPUT_CHARS_SHOWN));
    } catch (IOException e) {
      return "";
    }
  }
}
