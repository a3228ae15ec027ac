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
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Real-time priority for platform threads: sched_setscheduler(2) of libc. Being refused is no
 * fault: the thread then runs as any other.
 */
final class RealTimeThreads {
  private static final Logger log = LoggerFactory.getLogger(RealTimeThreads.class);

  /**
   * SCHED_FIFO | SCHED_RESET_ON_FORK of linux/sched.h: nothing started from the thread inherits.
   */
  private static final int POLICY = 1 | 0x4000_0000;

  /** SCHED_RR: what is started from the thread inherits. */
  private static final int POLICY_OF_ALL = 2;

  /** SCHED_OTHER. */
  private static final int USUAL_POLICY = 0;

  /** HotSpot's names for the threads that compile; they take long. */
  private static final List<String> COMPILERS = List.of("C1 CompilerThre", "C2 CompilerThre");

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
    Optional<String> refusal = setScheduler(CALLING_THREAD, POLICY, priority);
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

  /** Raises the calling thread and whatever it starts from now on, where that is allowed. */
  static void raiseWithHeirs(int priority) {
    setScheduler(CALLING_THREAD, POLICY_OF_ALL, priority)
        .ifPresent(refusal ->
            log.warn(
                "thread={} runs without real-time priority: {}",
                Thread.currentThread().getName(),
                refusal));
  }

  /** Gives the calling thread the priority that threads have usually. */
  static void lower() {
    setScheduler(CALLING_THREAD, USUAL_POLICY, 0)
        .ifPresent(refusal -> log.warn("a thread keeps its real-time priority: {}", refusal));
  }

  /**
   * Raises every thread that there is, but for those that compile, and so those that they start:
   * one of them that waits for a processor in the middle of Java code holds up each stop of the
   * JVM, and with it threads of any priority.
   */
  static void raiseAll(int priority) {
    raise(thread -> !COMPILERS.contains(nameOf(thread)), priority);
  }

  /** The same for those that compile, which hold up such a stop while they look into the JVM. */
  static void raiseCompilers(int priority) {
    raise(thread -> COMPILERS.contains(nameOf(thread)), priority);
  }

  private static void raise(Predicate<Path> which, int priority) {
    List<String> refusals =
        threads().stream()
            .filter(which)
            .flatMap(thread -> setScheduler(idOf(thread), POLICY_OF_ALL, priority).stream())
            .toList();
    if (refusals.isEmpty()) {
      log.info("threads run with real-time priority {} or more", priority);
    } else {
      log.warn(
          "this process runs without real-time priority: {}; a busy host can look dead, and its"
              + " guests stand still longer",
          refusals.getFirst());
    }
  }

  /**
   * The same for the thread of the JVM that stops all others: while it waits for a processor, a
   * thread with real-time priority stands still with it.
   */
  static void raiseVmThread(int priority) {
    Optional<Integer> thread = vmThread();
    if (thread.isEmpty() || setScheduler(thread.get(), POLICY, priority).isPresent()) {
      log.warn(
          "this JVM's \"{}\" was not raised to real-time priority: on a busy host a collection of"
              + " garbage can make it look dead",
          VM_THREAD);
    }
  }

  private static Optional<Integer> vmThread() {
    return threads().stream()
        .filter(thread -> VM_THREAD.equals(nameOf(thread)))
        .map(RealTimeThreads::idOf)
        .findFirst();
  }

  private static List<Path> threads() {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads.toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static int idOf(Path thread) {
    return Integer.parseInt(thread.getFileName().toString());
  }

  private static String nameOf(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException ended) {
      return "";
    }
  }

  @SuppressWarnings("restricted")
  private static Optional<String> setScheduler(int thread, int policy, int priority) {
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
      int result = (int) call.invokeExact(state, thread, policy, parameter);
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
