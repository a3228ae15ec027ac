package org.nilmigration.checkpoint.image;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.nilmigration.checkpoint.log.ImageSink;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.RangeCopy;

/**
 * Writes verified pages to a mapped image. Apply thread only. The image is sparse: a page that
 * finds no memory left is a bus error, thrown as a fault.
 */
public final class ShadowImage implements ImageSink {
  private final MappedFile file;
  private final CacheFlush flush;
  private final RangeCopy ranges = new RangeCopy();
  private MemorySegment source = MemorySegment.NULL;

  public ShadowImage(MappedFile file) {
    this.file = file;
    this.flush = file.cacheFlush();
  }

  @Override
  public void write(long guestOffset, MemorySegment src, long srcOffset, long length) {
    Objects.checkFromIndexSize(guestOffset, length, file.size());
    try {
      if (!src.equals(source) || ranges.isFull() || ranges.overlaps(guestOffset, length)) {
        ranges.run(source, file.segment(), flush);
        source = src;
      }
      if (RangeCopy.isShort(length)) {
        ranges.add(srcOffset, guestOffset, length);
      } else {
        MemorySegment.copy(src, srcOffset, file.segment(), guestOffset, length);
        flush.flush(file.segment(), guestOffset, length);
      }
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  @Override
  public void settle() {
    try {
      ranges.run(source, file.segment(), flush);
      source = MemorySegment.NULL;
      flush.drain();
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }
}
