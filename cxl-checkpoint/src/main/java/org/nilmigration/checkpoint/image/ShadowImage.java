package org.nilmigration.checkpoint.image;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.nilmigration.checkpoint.log.ImageSink;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;

/**
 * Writes verified pages to a mapped image. Apply thread only. The image is sparse: a page that
 * finds no memory left is a bus error, thrown as a fault.
 */
public final class ShadowImage implements ImageSink {
  private final MappedFile file;
  private final CacheFlush flush;

  public ShadowImage(MappedFile file) {
    this.file = file;
    this.flush = file.cacheFlush();
  }

  @Override
  public void write(long guestOffset, MemorySegment src, long srcOffset, long length) {
    Objects.checkFromIndexSize(guestOffset, length, file.size());
    try {
      MemorySegment.copy(src, srcOffset, file.segment(), guestOffset, length);
      flush.flush(file.segment(), guestOffset, length);
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  @Override
  public void settle() {
    flush.drain();
  }
}
