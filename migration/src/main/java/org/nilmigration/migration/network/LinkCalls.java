package org.nilmigration.migration.network;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import org.nilmigration.checkpoint.memory.NativeLinker;

/**
 * socket(2), open(2), close(2) and the ioctls of netdevice(7), tun and ethtool. A number returned
 * is the call's result, or the negated errno. Layouts from {@code linux/if.h}, {@code
 * linux/if_tun.h} and {@code linux/ethtool.h}, x86-64. One thread at a time.
 */
final class LinkCalls {
  static final int IFF_UP = 1;

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int O_RDWR_CLOEXEC = 2 | 0x80000;

  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCSIFFLAGS = 0x8914;
  private static final long SIOCETHTOOL = 0x8946;
  private static final long TUNSETIFF = 0x400454CA;

  private static final short IFF_TAP_NO_PI_EXCL = (short) (0x0002 | 0x1000 | 0x8000);

  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_VALUE = 16;

  private static final int ETHTOOL_GDRVINFO = 3;
  private static final int DRVINFO_BYTES = 196;
  private static final int DRVINFO_DRIVER = 4;

  private static final MethodHandle SOCKET =
      NativeLinker.capturing(
          "socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle OPEN =
      NativeLinker.capturingVariadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
  private static final MethodHandle CLOSE =
      NativeLinker.capturing("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle IOCTL =
      NativeLinker.capturingVariadic(
          "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);

  private final MemorySegment capture = NativeLinker.capture(Arena.ofAuto());

  /** A socket that interfaces are asked through; the caller closes it. */
  int socket() {
    try {
      return result((int) SOCKET.invokeExact(capture, AF_INET, SOCK_DGRAM_CLOEXEC, 0));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  int openReadWrite(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return result((int) OPEN.invokeExact(capture, arena.allocateFrom(path), O_RDWR_CLOEXEC));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  void close(int fd) {
    try {
      int unused = (int) CLOSE.invokeExact(capture, fd);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  /** The interface's flags, 16 bits. */
  int flags(int socket, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = request(arena, name);
      int result = ioctl(socket, SIOCGIFFLAGS, request);
      return result < 0 ? result : request.get(JAVA_SHORT, IFREQ_VALUE) & 0xFFFF;
    }
  }

  int setFlags(int socket, String name, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = request(arena, name);
      request.set(JAVA_SHORT, IFREQ_VALUE, (short) flags);
      return ioctl(socket, SIOCSIFFLAGS, request);
    }
  }

  /** Name of the interface's driver, {@code bridge} for a bridge; "" when it does not tell. */
  String driver(int socket, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(DRVINFO_BYTES, 8);
      info.set(JAVA_INT, 0, ETHTOOL_GDRVINFO);
      MemorySegment request = request(arena, name);
      request.set(ADDRESS, IFREQ_VALUE, info);
      return ioctl(socket, SIOCETHTOOL, request) < 0 ? "" : info.getString(DRVINFO_DRIVER);
    }
  }

  /** Makes the opened {@code /dev/net/tun} the TAP device {@code name}, which must not exist. */
  int makeTap(int tun, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = request(arena, name);
      request.set(JAVA_SHORT, IFREQ_VALUE, IFF_TAP_NO_PI_EXCL);
      return ioctl(tun, TUNSETIFF, request);
    }
  }

  private static MemorySegment request(Arena arena, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length >= IFREQ_VALUE) {
      throw new IllegalArgumentException("no name of an interface: " + name);
    }
    MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
    MemorySegment.copy(bytes, 0, request, JAVA_BYTE, 0, bytes.length);
    return request;
  }

  private int ioctl(int fd, long request, MemorySegment argument) {
    try {
      return result((int) IOCTL.invokeExact(capture, fd, request, argument));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  private int result(int returned) {
    return returned == -1 ? -NativeLinker.errno(capture) : returned;
  }
}
