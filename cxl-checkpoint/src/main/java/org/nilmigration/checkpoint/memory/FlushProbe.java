package org.nilmigration.checkpoint.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.RegionFlush;

/**
 * Whether the memory of a file lives longer than this host's caches, and how they are flushed then.
 *
 * <p>It does where the kernel grants MAP_SYNC (mmap(2)), which files on persistent or shared memory
 * do and page caches do not; on famfs, whose older versions grant nothing; on a character device,
 * as devdax is.
 *
 * @param outlives whether it does
 * @param why a clause that says what was found
 */
public record FlushProbe(boolean outlives, String why) {
  private static final int S_IFMT = 0170000;
  private static final int S_IFCHR = 0020000;

  /** Looks at a file that exists. */
  public static FlushProbe of(Path file) {
    try {
      if (((int) Files.getAttribute(file, "unix:mode") & S_IFMT) == S_IFCHR) {
        return new FlushProbe(true, "a device");
      }
      String type = Files.getFileStore(file).type();
      if (type.contains("famfs")) {
        return new FlushProbe(true, type);
      }
      boolean granted = FileCalls.grantsSync(file);
      return new FlushProbe(granted, type + (granted ? " on memory of its own" : ""));
    } catch (IOException | NativeException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, file + ": its memory cannot be examined: " + e, e);
    }
  }

  /**
   * What flushes this memory.
   *
   * @throws FaultException UNAVAILABLE when it has to be flushed and libpmem is missing
   */
  public CacheFlush flush(RegionFlush mode) {
    boolean needed = mode == RegionFlush.ALWAYS || (mode == RegionFlush.AUTO && outlives);
    return needed ? Libpmem.load(Libpmem.LIBRARY) : CacheFlush.NONE;
  }
}
