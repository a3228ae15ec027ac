package org.nilmigration.checkpoint.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The two calls of libpmem (PMDK, pmem_flush(3)) that flush: it knows which instruction a processor
 * has for it, and on a platform whose caches survive a loss of power it does nothing.
 */
@SuppressWarnings("restricted")
final class Libpmem implements CacheFlush {
  static final String LIBRARY = "libpmem.so.1";

  private final MethodHandle flush;
  private final MethodHandle drain;

  private Libpmem(SymbolLookup library) {
    Linker linker = Linker.nativeLinker();
    flush =
        linker.downcallHandle(
            library.findOrThrow("pmem_flush"), FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG));
    drain = linker.downcallHandle(library.findOrThrow("pmem_drain"), FunctionDescriptor.ofVoid());
  }

  /**
   * @throws FaultException UNAVAILABLE when this host has no such library
   */
  static Libpmem load(String library) {
    try {
      return new Libpmem(SymbolLookup.libraryLookup(library, Arena.global()));
    } catch (IllegalArgumentException missing) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "region: found no "
              + library
              + " to flush caches with, expected it, for a host that crashes must not take with it"
              + " what it wrote to memory that outlives it; install the Debian package libpmem1, or"
              + " say 'regionFlush: never' where nobody loses power",
          missing);
    }
  }

  @Override
  public void flush(MemorySegment memory, long offset, long bytes) {
    try {
      flush.invokeExact(memory.address() + offset, bytes);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  @Override
  public void drain() {
    try {
      drain.invokeExact();
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }
}
