package org.nilmigration.checkpoint.numa;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.checkpoint.memory.NativeLinker;

/**
 * mbind(2) and get_mempolicy(2) on mapped files. The policy of a tmpfs file belongs to the file: a
 * process that maps it gets its new pages by it, too. Numbers from {@code linux/mempolicy.h} and
 * the x86-64 table of system calls. Any thread.
 */
public final class NumaPolicy {
  private static final long SYS_MBIND = 237;
  private static final long SYS_GET_MEMPOLICY = 239;
  private static final long MPOL_BIND = 2;
  private static final long MPOL_MF_MOVE_ALL = 4;
  private static final long MPOL_F_NODE = 1;
  private static final long MPOL_F_ADDR = 2;
  private static final int MASK_LONGS = 16;
  private static final long MASK_BITS = MASK_LONGS * (long) Long.SIZE;

  private static final MethodHandle MBIND =
      NativeLinker.capturingVariadic(
          "syscall",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG),
          1);
  private static final MethodHandle GET_MEMPOLICY =
      NativeLinker.capturingVariadic(
          "syscall",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          1);

  private NumaPolicy() {}

  /**
   * Binds a part of the file to nodes, and moves the pages it has there, whoever maps them. New
   * pages of the part come from these nodes, and no balancing takes pages away from them.
   *
   * @throws NativeException EPERM without CAP_SYS_NICE, EINVAL for a node that is not there
   */
  public static void bind(MappedFile file, long offset, long length, List<Integer> nodes) {
    MemorySegment part = file.segment().asSlice(offset, length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      MemorySegment mask = mask(arena, nodes);
      long result =
          (long)
              MBIND.invokeExact(
                  capture,
                  SYS_MBIND,
                  part.address(),
                  length,
                  MPOL_BIND,
                  mask,
                  MASK_BITS,
                  MPOL_MF_MOVE_ALL);
      if (result != 0) {
        throw new NativeException(
            "mbind",
            NativeLinker.errno(capture),
            length + " bytes of " + file.path() + " to nodes " + nodes);
      }
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  /** The node that the page at an offset is on; the page is brought into being if it is not. */
  public static int nodeOf(MappedFile file, long offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      MemorySegment node = arena.allocate(JAVA_INT);
      long result =
          (long)
              GET_MEMPOLICY.invokeExact(
                  capture,
                  SYS_GET_MEMPOLICY,
                  node,
                  MemorySegment.NULL,
                  0L,
                  file.segment().address() + offset,
                  MPOL_F_NODE | MPOL_F_ADDR);
      if (result != 0) {
        throw new NativeException(
            "get_mempolicy",
            NativeLinker.errno(capture),
            "page at " + offset + " of " + file.path());
      }
      return node.get(JAVA_INT, 0);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  private static MemorySegment mask(Arena arena, List<Integer> nodes) {
    MemorySegment mask = arena.allocate(JAVA_LONG, MASK_LONGS);
    for (int node : nodes) {
      if (node < 0 || node >= MASK_BITS - 1) {
        throw new IllegalArgumentException("node " + node);
      }
      long word = mask.getAtIndex(JAVA_LONG, node / Long.SIZE);
      mask.setAtIndex(JAVA_LONG, node / Long.SIZE, word | 1L << (node % Long.SIZE));
    }
    return mask;
  }
}
