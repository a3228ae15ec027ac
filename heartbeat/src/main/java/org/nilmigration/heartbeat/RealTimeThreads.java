package org.nilmigration.heartbeat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Real-time priority for a platform thread: sched_setscheduler(2) of libc with {@code SCHED_FIFO}.
 * Being refused is no fault: the thread then runs as any other.
 */
final class RealTimeThreads {
  private static final Logger log = LoggerFactory.getLogger(RealTimeThreads.class);

  /**
   * SCHED_FIFO | SCHED_RESET_ON_FORK of linux/sched.h: nothing started from the thread inherits.
   */
  private static final int POLICY = 1 | 0x4000_0000;

  private static final int CALLING_THREAD = 0;

  /** HotSpot's name for the thread that stops all others, to collect garbage and for more. */
  private static final String VM_THREAD = "VM Thread";

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
    Optional<String> refusal = setScheduler(CALLING_THREAD, priority);
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

  /**
   * The same for the thread of the JVM that stops all others: while it waits for a processor, a
   * thread with real-time priority stands still with it.
   */
  static void raiseVmThread(int priority) {
    Optional<Integer> thread = vmThread();
    if (thread.isEmpty() || setScheduler(thread.get(), priority).isPresent()) {
      log.warn(
          "this JVM's \"{}\" was not raised to real-time priority: on a busy host a collection of"
              + " garbage can make it look dead",
          VM_THREAD);
    }
  }

  private static Optional<Integer> vmThread() {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads
          .filter(thread -> VM_THREAD.equals(nameOf(thread)))
          .map(thread -> Integer.valueOf(thread.getFileName().toString()))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String nameOf(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException ended) {
      return "";
    }
  }

  @SuppressWarnings("restricted")
  private static Optional<String> setScheduler(int thread, int priority) {
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
      int result = (int) call.invokeExact(state, thread, POLICY, parameter);
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
