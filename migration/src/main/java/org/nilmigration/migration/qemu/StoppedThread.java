package org.nilmigration.migration.qemu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.memory.NativeException;

/**
 * One thread of another process, stopped by ptrace, that runs system calls for us; closing it
 * restores its registers and lets it go on as if nothing had happened (as compel of CRIU does).
 *
 * <p>The thread must not be the process's main thread. This JVM waits for its children by {@code
 * waitpid(pid)}, and a wait for a traced main thread would take the stop notices away from here and
 * be taken for the end of the process there.
 *
 * <p>A process whose thread holds registers that are not its own must not run on: should this
 * process end before {@link #close}, the kernel kills the other one ({@code PTRACE_O_EXITKILL}).
 *
 * <p>A system call runs by pointing the thread at a {@code syscall} instruction and single-stepping
 * over it. {@code orig_rax = -1} keeps the kernel from restarting, in our registers, the call that
 * the thread was interrupted in; with the saved registers back, it restarts that call itself.
 */
final class StoppedThread implements AutoCloseable {
  private static final int REG_R10 = 56;
  private static final int REG_R9 = 64;
  private static final int REG_R8 = 72;
  private static final int REG_RAX = 80;
  private static final int REG_RDX = 96;
  private static final int REG_RSI = 104;
  private static final int REG_RDI = 112;
  private static final int REG_ORIG_RAX = 120;
  private static final int REG_RIP = 128;
  private static final int REGS_BYTES = 216;
  private static final int[] ARGUMENTS = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};

  private static final int SYSCALL_INSTRUCTION_BYTES = 2;
  private static final int STEPS_MAX = 64;
  private static final long STOP_NANOS_MAX = 5_000_000_000L;
  private static final int SPINS = 200;

  private final TraceCalls calls;
  private final int pid;
  private final int tid;
  private final long syscallInstruction;
  private final MemorySegment saved;
  private final MemorySegment registers;
  private final List<Integer> deferredSignals = new ArrayList<>();

  private StoppedThread(TraceCalls calls, int pid, int tid, long syscallInstruction) {
    this.calls = calls;
    this.pid = pid;
    this.tid = tid;
    this.syscallInstruction = syscallInstruction;
    Arena arena = Arena.ofAuto();
    this.saved = arena.allocate(REGS_BYTES, 8);
    this.registers = arena.allocate(REGS_BYTES, 8);
  }

  /**
   * Attaches and stops the thread.
   *
   * @param syscallInstruction address of a {@code syscall} instruction in the process
   * @throws NativeException when the kernel refuses; the thread runs on untouched then
   */
  static StoppedThread stop(TraceCalls calls, int pid, int tid, long syscallInstruction) {
    StoppedThread thread = new StoppedThread(calls, pid, tid, syscallInstruction);
    calls.ptrace(TraceCalls.PTRACE_SEIZE, tid, TraceCalls.PTRACE_O_EXITKILL);
    try {
      calls.ptrace(TraceCalls.PTRACE_INTERRUPT, tid, 0);
      thread.awaitEventStop();
      calls.ptrace(TraceCalls.PTRACE_GETREGS, tid, thread.saved);
      return thread;
    } catch (NativeException e) {
      thread.detach();
      throw e;
    }
  }

  /**
   * Runs one system call in the process.
   *
   * @return what it returned, never an error
   * @throws NativeException with the call's errno; or when the step itself failed
   */
  long call(String name, long number, long... arguments) {
    registers.copyFrom(saved);
    registers.set(JAVA_LONG, REG_RAX, number);
    registers.set(JAVA_LONG, REG_ORIG_RAX, -1);
    registers.set(JAVA_LONG, REG_RIP, syscallInstruction);
    for (int i = 0; i < arguments.length; i++) {
      registers.set(JAVA_LONG, ARGUMENTS[i], arguments[i]);
    }
    calls.ptrace(TraceCalls.PTRACE_SETREGS, tid, registers);
    stepOver();
    long result = registers.get(JAVA_LONG, REG_RAX);
    if (result < 0 && result >= -4095) {
      throw new NativeException(name, (int) -result, "inside process " + pid);
    }
    return result;
  }

  /** Steps until the instruction is behind the thread; a signal that comes first waits. */
  private void stepOver() {
    for (int i = 0; i < STEPS_MAX; i++) {
      calls.ptrace(TraceCalls.PTRACE_SINGLESTEP, tid, 0);
      int status = awaitStop();
      int signal = stopSignal(status);
      if (!isEventStop(status) && signal != TraceCalls.SIGTRAP) {
        deferredSignals.add(signal);
      }
      calls.ptrace(TraceCalls.PTRACE_GETREGS, tid, registers);
      if (registers.get(JAVA_LONG, REG_RIP) == syscallInstruction + SYSCALL_INSTRUCTION_BYTES) {
        return;
      }
    }
    throw new NativeException("ptrace", 0, "no step of thread " + tid + " in " + STEPS_MAX);
  }

  /** Waits for the stop that was asked for; signals that arrive before it are delivered. */
  private void awaitEventStop() {
    while (true) {
      int status = awaitStop();
      if (isEventStop(status)) {
        return;
      }
      calls.ptrace(TraceCalls.PTRACE_CONT, tid, stopSignal(status));
    }
  }

  private int awaitStop() {
    long deadline = System.nanoTime() + STOP_NANOS_MAX;
    for (int i = 0; ; i++) {
      int status = calls.pollStatus(tid);
      if (status != -1) {
        if ((status & 0xFF) != 0x7F) {
          throw new NativeException("ptrace", 3, "thread " + tid + " ended");
        }
        return status;
      }
      if (System.nanoTime() > deadline) {
        throw new NativeException("waitpid", 110, "thread " + tid + " does not stop");
      }
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(20_000);
      }
    }
  }

  /** True for the stop of PTRACE_INTERRUPT and for a group stop. */
  private static boolean isEventStop(int status) {
    return status >>> 16 == TraceCalls.PTRACE_EVENT_STOP;
  }

  private static int stopSignal(int status) {
    return (status >> 8) & 0xFF;
  }

  /**
   * Puts the registers back and lets the thread go. When that fails although the thread still
   * exists, the process holds registers that are not its own, and is killed.
   */
  @Override
  public void close() {
    try {
      calls.ptrace(TraceCalls.PTRACE_SETREGS, tid, saved);
    } catch (NativeException e) {
      calls.signal(pid, tid, TraceCalls.SIGKILL);
    }
    detach();
    deferredSignals.forEach(signal -> calls.signal(pid, tid, signal));
  }

  private void detach() {
    try {
      calls.ptrace(TraceCalls.PTRACE_DETACH, tid, 0);
    } catch (NativeException e) {
      reap();
    }
  }

  /** A traced thread that ended is a zombie until its tracer has seen that. */
  private void reap() {
    try {
      calls.pollStatus(tid);
    } catch (NativeException e) {
      // Nothing is left to wait for.
    }
  }
}
