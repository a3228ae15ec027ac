package org.nilmigration.migration.qemu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.checkpoint.memory.NativeLinker;

/**
 * Every frame on an interface, as packet(7) gives it: what has passed lies in the socket, in order,
 * until it is read. One thread.
 */
final class Wire implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0x800 | 0x80000;
  private static final short ALL_PROTOCOLS = 0x0300; // ETH_P_ALL in network order
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int BUFFER_BYTES = 256 << 20;
  private static final int SOCKADDR_LL_BYTES = 20;
  private static final int EAGAIN = 11;
  private static final int FRAME_BYTES_MAX = 128 << 10;

  private static final MethodHandle SOCKET =
      NativeLinker.capturing(
          "socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      NativeLinker.capturing("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      NativeLinker.capturing(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RECV =
      NativeLinker.capturing(
          "recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle SEND =
      NativeLinker.capturing(
          "send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle CLOSE =
      NativeLinker.capturing("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment capture = NativeLinker.capture(arena);
  private final MemorySegment frame = arena.allocate(FRAME_BYTES_MAX);
  private final int fd;

  Wire(String interfaceName) throws Exception {
    MemorySegment address = arena.allocate(SOCKADDR_LL_BYTES, 4);
    address.set(JAVA_SHORT, 0, (short) AF_PACKET);
    address.set(JAVA_SHORT, 2, ALL_PROTOCOLS);
    address.set(JAVA_INT, 4, NetworkInterface.getByName(interfaceName).getIndex());
    MemorySegment bytes = arena.allocateFrom(JAVA_INT, BUFFER_BYTES);
    try {
      fd =
          (int)
              check(
                  "socket",
                  (int)
                      SOCKET.invokeExact(
                          capture, AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, (int) ALL_PROTOCOLS));
      check(
          "setsockopt",
          (int) SETSOCKOPT.invokeExact(capture, fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes, 4));
      check("bind", (int) BIND.invokeExact(capture, fd, address, SOCKADDR_LL_BYTES));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  /** What has passed since the last call, without waiting. */
  List<Frame> drain() {
    List<Frame> frames = new ArrayList<>();
    while (true) {
      long length;
      try {
        length = (long) RECV.invokeExact(capture, fd, frame, frame.byteSize(), 0);
      } catch (Throwable t) {
        throw NativeLinker.impossible(t);
      }
      if (length < 0 && NativeLinker.errno(capture) == EAGAIN) {
        return frames;
      }
      check("recv", length);
      frames.add(new Frame(frame.asSlice(0, length).toArray(JAVA_BYTE)));
    }
  }

  void send(byte[] bytes) {
    MemorySegment.copy(bytes, 0, frame, JAVA_BYTE, 0, bytes.length);
    try {
      check("send", (long) SEND.invokeExact(capture, fd, frame, (long) bytes.length, 0));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  private long check(String call, long result) {
    if (result < 0) {
      throw new NativeException(call, NativeLinker.errno(capture), "a packet socket");
    }
    return result;
  }

  @Override
  public void close() {
    try {
      int unused = (int) CLOSE.invokeExact(capture, fd);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
    arena.close();
  }
}
