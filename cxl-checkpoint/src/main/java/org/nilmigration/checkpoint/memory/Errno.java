package org.nilmigration.checkpoint.memory;

/** Error numbers of Linux (asm-generic/errno-base.h and errno.h), the same on x86-64 and arm64. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int ENXIO = 6;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EEXIST = 17;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int EOPNOTSUPP = 95;
  public static final int EDQUOT = 122;

  private Errno() {}

  /** A few words for the numbers that people meet; empty for others. */
  static String suffix(int errno) {
    return switch (errno) {
      case EPERM -> " (operation not permitted)";
      case ENOENT -> " (no such file or directory)";
      case ESRCH -> " (no such process)";
      case ENOMEM -> " (out of memory or address space)";
      case EACCES -> " (permission denied)";
      case EEXIST -> " (file exists)";
      case ENOTDIR -> " (not a directory)";
      case EISDIR -> " (is a directory)";
      case EINVAL -> " (invalid argument)";
      case EFBIG -> " (file too large)";
      case ENOSPC -> " (no space left)";
      case EDQUOT -> " (quota exceeded)";
      default -> "";
    };
  }
}
