package org.nilmigration.failover.fencing;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.checkpoint.memory.NativeLinker;

/**
 * A watchdog device of Linux; requests from {@code linux/watchdog.h}, the protocol from
 * Documentation/watchdog/watchdog-api.rst: to open it arms it, to close it disarms it only after
 * the letter V.
 */
final class LinuxWatchdog implements WatchdogDevice {
  private static final int O_WRONLY = 1;
  private static final int O_CLOEXEC = 0x80000;
  private static final long WDIOC_KEEPALIVE = 0x8004_5705L;
  private static final long WDIOC_SETTIMEOUT = 0xC004_5706L;
  private static final long WDIOC_GETTIMEOUT = 0x8004_5707L;
  private static final byte MAGIC_CLOSE = 'V';

  private static final MethodHandle OPEN =
      NativeLinker.capturingVariadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
  private static final MethodHandle IOCTL =
      NativeLinker.capturingVariadic(
          "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
  private static final MethodHandle WRITE =
      NativeLinker.capturing(
          "write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle CLOSE =
      NativeLinker.capturing("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final MemorySegment capture = NativeLinker.capture(Arena.ofAuto());
  private final MemorySegment argument = Arena.ofAuto().allocate(JAVA_INT);
  private final Path device;
  private final int fd;

  private LinuxWatchdog(Path device) {
    this.device = device;
    this.fd = open();
  }

  /**
   * Opens the device, which arms it.
   *
   * @throws NativeException when there is none, it is another's, or the caller may not
   */
  static LinuxWatchdog open(Path device) {
    return new LinuxWatchdog(device);
  }

  private int open() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(device.toString());
      return checked("open", (int) OPEN.invokeExact(capture, name, O_WRONLY | O_CLOEXEC));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  @Override
  public void timeout(int seconds) {
    argument.set(JAVA_INT, 0, seconds);
    ioctl("WDIOC_SETTIMEOUT", WDIOC_SETTIMEOUT);
  }

  @Override
  public int timeout() {
    ioctl("WDIOC_GETTIMEOUT", WDIOC_GETTIMEOUT);
    return argument.get(JAVA_INT, 0);
  }

  @Override
  public void keepAlive() {
    ioctl("WDIOC_KEEPALIVE", WDIOC_KEEPALIVE);
  }

  @Override
  public void disarm() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment letter = arena.allocateFrom(JAVA_BYTE, MAGIC_CLOSE);
      int written = (int) (long) WRITE.invokeExact(capture, fd, letter, 1L);
      int unused = checked("write", written);
      unused = checked("close", (int) CLOSE.invokeExact(capture, fd));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  private void ioctl(String name, long request) {
    try {
      int unused = checked(name, (int) IOCTL.invokeExact(capture, fd, request, argument));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  private int checked(String call, int result) {
    if (result < 0) {
      throw new NativeException(call, NativeLinker.errno(capture), device.toString());
    }
    return result;
  }
}
