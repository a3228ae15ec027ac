package org.nilmigration.heartbeat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Real-time priority for the calling platform thread: sched_setscheduler(2) of libc with {@code
 * SCHED_FIFO}. Being refused is no fault: the thread then runs as any other.
 */
final class RealTimeThreads {
  private static final Logger log = LoggerFactory.getLogger(RealTimeThreads.class);

  /**
   * SCHED_FIFO | SCHED_RESET_ON_FORK of linux/sched.h: nothing started from the thread inherits.
   */
  private static final int POLICY = 1 | 0x4000_0000;

  private static final int CALLING_THREAD = 0;
  private static final int EPERM = 1;

  private RealTimeThreads() {}

  /**
   * Raises the calling thread and says in the log, once per call, what came of it.
   *
   * @param priority 1 to 99; the higher one runs first
   * @return whether it was allowed
   */
  static boolean raise(int priority) {
    String thread = Thread.currentThread().getName();
    Optional<String> refusal = setScheduler(priority);
    if (refusal.isPresent()) {
      log.warn(
          "thread={} runs without real-time priority: {}; a busy host can look dead sooner",
          thread,
          refusal.get());
      return false;
    }
    log.info("thread={} runs with real-time priority {}", thread, priority);
    return true;
  }

  @SuppressWarnings("restricted")
  private static Optional<String> setScheduler(int priority) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup libc = linker.defaultLookup();
    Optional<MemorySegment> symbol = libc.find("sched_setscheduler");
    if (symbol.isEmpty()) {
      return Optional.of("this C library has no sched_setscheduler");
    }
    MethodHandle call =
        linker.downcallHandle(
            symbol.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS),
            Linker.Option.captureCallState("errno"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment parameter = arena.allocateFrom(ValueLayout.JAVA_INT, priority);
      int result = (int) call.invokeExact(state, CALLING_THREAD, POLICY, parameter);
      return result == 0 ? Optional.empty() : Optional.of(refusal(errno(state)));
    } catch (Throwable t) {
      throw new IllegalStateException("sched_setscheduler could not be called", t);
    }
  }

  private static int errno(MemorySegment state) {
    long offset =
        Linker.Option.captureStateLayout()
            .byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    return state.get(ValueLayout.JAVA_INT, offset);
  }

  private static String refusal(int errno) {
    return errno == EPERM
        ? "not permitted (run with CAP_SYS_NICE or raise the limit RLIMIT_RTPRIO)"
        : "sched_setscheduler failed with errno " + errno;
  }
}
