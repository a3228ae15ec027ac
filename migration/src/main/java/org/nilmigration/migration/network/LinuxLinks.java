package org.nilmigration.migration.network;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** The interfaces of this process's network namespace. */
final class LinuxLinks implements Links {
  static final String TUN = "/dev/net/tun";

  /** Of the namespace that asks, unlike /sys/class/net, which is that of whoever mounted it. */
  private static final Path DEVICES = Path.of("/proc/self/net/dev");

  private static final long IP_SECONDS_MAX = 10;

  private final LinkCalls calls = new LinkCalls();

  @Override
  public String kind(String name) {
    return withSocket(
        socket -> calls.flags(socket, name) < 0 ? null : calls.driver(socket, name), errno -> null);
  }

  @Override
  public List<String> names() {
    try {
      return Files.readAllLines(DEVICES).stream()
          .filter(line -> line.contains(":"))
          .map(line -> line.substring(0, line.indexOf(':')).strip())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Refusal tryTap(String name) {
    int tun = calls.openReadWrite(TUN);
    if (tun < 0) {
      return new Refusal("open", -tun);
    }
    try {
      return refusal("TUNSETIFF", calls.makeTap(tun, name));
    } finally {
      calls.close(tun);
    }
  }

  @Override
  public Refusal up(String name) {
    return withSocket(
        socket -> {
          int flags = calls.flags(socket, name);
          return flags < 0
              ? new Refusal("SIOCGIFFLAGS", -flags)
              : refusal("SIOCSIFFLAGS", calls.setFlags(socket, name, flags | LinkCalls.IFF_UP));
        },
        errno -> new Refusal("socket", errno));
  }

  private <T> T withSocket(IntFunction<T> work, IntFunction<T> noSocket) {
    int socket = calls.socket();
    if (socket < 0) {
      return noSocket.apply(-socket);
    }
    try {
      return work.apply(socket);
    } finally {
      calls.close(socket);
    }
  }

  private static Refusal refusal(String step, int result) {
    return result < 0 ? new Refusal(step, -result) : Refusal.NONE;
  }

  @Override
  public String ip(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .start();
      if (!process.waitFor(IP_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "no end within " + IP_SECONDS_MAX + " s";
      }
      String words =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.exitValue() == 0
          ? ""
          : words.isEmpty() ? "exit code " + process.exitValue() : words.replace('\n', ' ');
    } catch (IOException e) {
      return e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
