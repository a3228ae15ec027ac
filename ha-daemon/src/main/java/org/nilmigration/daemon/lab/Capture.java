package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * All frames of a guest that pass the lab's own namespace, on every port, also of hosts that start
 * later: what left a host is seen here, and nothing that a host does can change it. tcpdump writes
 * one file with the number of the interface in each frame's header, so all ports have one order and
 * one clock.
 */
public final class Capture implements AutoCloseable {
  /**
   * The kernel makes the buffer in one go and lets nothing else run on that processor meanwhile: 64
   * MiB of memory that was never used take longer than a host may be silent.
   */
  private static final String BUFFER_KIB = "16384";

  private static final Duration START_WITHIN = Duration.ofSeconds(20);
  private static final Duration END_WITHIN = Duration.ofSeconds(20);
  private static final Pattern DROPPED =
      Pattern.compile("(\\d+) packets? dropped by (kernel|interface)");

  private final Process tcpdump;
  private final Path file;
  private final Path said;

  private Capture(Process tcpdump, Path file, Path said) {
    this.tcpdump = tcpdump;
    this.file = file;
    this.said = said;
  }

  /** Begins to capture the frames of a guest; returns when none is missed any more. */
  static Capture begin(Path directory, LabNic nic) {
    Path file = directory.resolve("frames.pcap");
    Path said = directory.resolve("tcpdump.log");
    List<String> command =
        List.of(
            "setpriv",
            "--pdeathsig",
            "KILL",
            "--",
            "tcpdump",
            "-i",
            "any",
            "-y",
            "LINUX_SLL2",
            "--time-stamp-precision=nano",
            "--immediate-mode",
            "-U",
            "-n",
            "-s",
            Integer.toString(Pcap.FRAME_MAX),
            "-B",
            BUFFER_KIB,
            "-Z",
            "root",
            "-w",
            file.toString(),
            "arp or rarp or host " + nic.address());
    try {
      Process tcpdump =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      Capture capture = new Capture(tcpdump, file, said);
      Await.until("tcpdump listens", START_WITHIN, capture::listening);
      return capture;
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "cannot run '%s': %s; install it with bin/setup"
              .formatted(String.join(" ", command), e.getMessage()),
          e);
    }
  }

  private Optional<Boolean> listening() {
    if (!tcpdump.isAlive()) {
      throw new FaultException(
          FaultKind.ERROR, "tcpdump ended by itself, expected it to capture; it said: " + said());
    }
    return Optional.of(true).filter(unused -> said().contains("listening on"));
  }

  private String said() {
    try {
      return Files.readString(said, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "(" + e.getMessage() + ")";
    }
  }

  /**
   * Ends the capture and reads it.
   *
   * @throws FaultException ERROR when frames are missing in it
   */
  public List<Frame> end() {
    listening();
    close();
    Matcher dropped = DROPPED.matcher(said());
    while (dropped.find()) {
      if (!dropped.group(1).equals("0")) {
        throw new FaultException(
            FaultKind.ERROR,
            "the capture %s is not complete: %s, expected 0".formatted(file, dropped.group()));
      }
    }
    try {
      return Pcap.read(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.ERROR, "cannot read the capture %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    tcpdump.destroy();
    try {
      if (!tcpdump.waitFor(END_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        tcpdump.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      tcpdump.destroyForcibly();
    }
  }
}
