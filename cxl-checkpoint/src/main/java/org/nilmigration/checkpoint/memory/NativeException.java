package org.nilmigration.checkpoint.memory;

/**
 * A call into native code that failed, with the {@code errno} it left. For programmers and logs.
 */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  /**
   * @param call name of the function, for instance {@code mmap}
   * @param errno its error number, 0 when it left none
   * @param detail what was asked of it
   */
  public NativeException(String call, int errno, String detail) {
    super(call + ": errno " + errno + Errno.suffix(errno) + ": " + detail);
    this.call = call;
    this.errno = errno;
  }

  /** The error number, see errno(3). */
  public int errno() {
    return errno;
  }

  /** The function that failed. */
  public String call() {
    return call;
  }
}
