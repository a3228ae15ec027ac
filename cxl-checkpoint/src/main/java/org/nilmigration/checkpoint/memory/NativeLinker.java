package org.nilmigration.checkpoint.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * What every binding to the C library needs: a handle for a function, and {@code errno} captured
 * into memory of the caller. Stateless, any thread.
 */
@SuppressWarnings("restricted")
public final class NativeLinker {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final SymbolLookup LIBC = LINKER.defaultLookup();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private NativeLinker() {}

  /** A handle of the C library's {@code name}; {@code errno} is not captured. */
  public static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(symbol(name), descriptor);
  }

  /** As {@link #function}, with a leading parameter for memory from {@link #capture(Arena)}. */
  public static MethodHandle capturing(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(symbol(name), descriptor, Linker.Option.captureCallState("errno"));
  }

  /**
   * As {@link #capturing}, for a C function with {@code ...} after its {@code fixed} parameters.
   */
  public static MethodHandle capturingVariadic(
      String name, FunctionDescriptor descriptor, int fixed) {
    return LINKER.downcallHandle(
        symbol(name),
        descriptor,
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }

  /** Memory that receives {@code errno}; one per thread or per call. */
  public static MemorySegment capture(Arena arena) {
    return arena.allocate(CAPTURE);
  }

  /** The error number that the last capturing call left in {@code capture}. */
  public static int errno(MemorySegment capture) {
    return (int) ERRNO.get(capture, 0L);
  }

  /** Turns what {@link MethodHandle#invokeExact} may throw by signature into what it can throw. */
  public static RuntimeException impossible(Throwable t) {
    if (t instanceof RuntimeException e) {
      return e;
    }
    if (t instanceof Error e) {
      throw e;
    }
    return new IllegalStateException("native call threw a checked exception", t);
  }

  /** Memory at an address that native code returned, released by {@code release} with the arena. */
  static MemorySegment adopt(long address, long bytes, Arena arena, Runnable release) {
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, s -> release.run());
  }

  private static MemorySegment symbol(String name) {
    return LIBC.find(name)
        .orElseThrow(() ->
            new NativeException(
                name, 0, "the C library has no such function; a newer glibc is needed"));
  }

  /** The word size that all layouts of this module assume. */
  static void requireLittleEndian64() {
    if (ValueLayout.ADDRESS.byteSize() != 8
        || java.nio.ByteOrder.nativeOrder() != java.nio.ByteOrder.LITTLE_ENDIAN) {
      throw new UnsupportedOperationException(
          "the region is little-endian and 64 bits wide; this machine is not");
    }
  }
}
