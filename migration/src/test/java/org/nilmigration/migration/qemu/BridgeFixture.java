package org.nilmigration.migration.qemu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;

/**
 * A bridge in the network namespace of this JVM, with a guest's frames seen on it. Skips the test
 * when the namespace is not the JVM's own.
 */
final class BridgeFixture implements AutoCloseable {
  static final String BRIDGE = "br-test";
  static final String MAC = "52:54:00:12:34:56";

  private static final int GUEST_IP = 0x0A00020F;
  private static final int HOST_IP = 0x0A000201;
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  final Wire wire;
  private final Frame.Address host;
  private final Frame.Address guest = new Frame.Address(MAC, GUEST_IP);
  private int lastNumber;

  BridgeFixture() throws Exception {
    assumeTrue(
        System.getenv("NIL_OUTSIDE_NETWORK") != null,
        "no network namespace of its own: run the integration tests as root");
    ip("link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "0");
    ip("link", "set", BRIDGE, "up", "promisc", "on");
    ip("addr", "add", "10.0.2.1/24", "dev", BRIDGE);
    byte[] mac = NetworkInterface.getByName(BRIDGE).getHardwareAddress();
    // The bridge keeps an address that was set, whatever its ports have.
    ip("link", "set", BRIDGE, "address", HexFormat.ofDelimiter(":").formatHex(mac));
    host = new Frame.Address(HexFormat.ofDelimiter(":").formatHex(mac), HOST_IP);
    wire = new Wire(BRIDGE);
  }

  /** Runs iproute2's {@code ip}; what it printed. */
  static String ip(String... arguments) throws Exception {
    Ran ran = run(arguments);
    if (ran.code() != 0) {
      throw new AssertionError("ip " + List.of(arguments) + ": " + ran.words());
    }
    return ran.words();
  }

  private record Ran(int code, String words) {}

  private static Ran run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .start();
    String words =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return new Ran(process.waitFor(), words);
  }

  static boolean exists(String name) throws Exception {
    return run("link", "show", "dev", name).code() == 0;
  }

  static boolean isUp(String name) throws Exception {
    return !ip("-o", "link", "show", "dev", name, "up").isEmpty();
  }

  /** A guest with one NIC; the same but for the TAP device, so two may be on one host. */
  static GuestConfig guest(String tap, OutputMode output, String words) {
    GuestConfig linux =
        QemuFixture.linux(MachineType.Q35, 128, 1, "nil.tick=0.05 nil.ip=10.0.2.15/24 " + words);
    return withNetwork(linux, new NetworkConfig(List.of(new NicConfig(BRIDGE, tap, MAC)), output));
  }

  static GuestConfig withNetwork(GuestConfig guest, NetworkConfig network) {
    return new GuestConfig(
        guest.name(),
        guest.memory(),
        guest.vcpus(),
        guest.machine(),
        guest.cpu(),
        guest.kernel(),
        guest.initrd(),
        guest.append(),
        guest.disk(),
        network,
        guest.qemuArgs(),
        guest.host());
  }

  /** Sends echo requests to the guest; returns the number of the last. */
  int ping(int count, int payloadBytes) {
    for (int i = 0; i < count; i++) {
      wire.send(Frame.echoRequest(host, guest, ++lastNumber, payloadBytes).bytes());
    }
    return lastNumber;
  }

  /** Waits until the guest answers, and knows our address. */
  void awaitGuest() {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (System.nanoTime() < deadline) {
      int number = ping(1, 64);
      pause(100);
      if (echoes(fromGuest()).contains(number)) {
        return;
      }
    }
    throw new AssertionError("the guest answers no echo request");
  }

  /** What the guest, or QEMU in its name, has sent since the last call. */
  List<Frame> fromGuest() {
    return wire.drain().stream().filter(frame -> frame.sender().equals(MAC)).toList();
  }

  /** The same, over the next {@code millis}. */
  List<Frame> fromGuest(int millis) {
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < millis; i += 5) {
      pause(Math.min(5, millis - i));
      frames.addAll(fromGuest());
    }
    return frames;
  }

  static List<Integer> echoes(List<Frame> frames) {
    return frames.stream().map(Frame::echoReply).filter(number -> number >= 0).toList();
  }

  static void pause(int millis) {
    LockSupport.parkNanos(millis * 1_000_000L);
  }

  @Override
  public void close() throws Exception {
    wire.close();
    ip("link", "del", BRIDGE);
  }
}
