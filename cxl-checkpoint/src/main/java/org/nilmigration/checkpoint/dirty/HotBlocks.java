package org.nilmigration.checkpoint.dirty;

import java.util.BitSet;

/**
 * Which blocks of a guest's memory are written in most epochs. Their pages are not worth arming:
 * the fault of the writer costs more than a copy that may prove needless. Pure; one thread.
 *
 * <ul>
 *   <li>A block is dense in an epoch when {@value #DENSE_PAGES} faults or more were found in its
 *       {@value #PAGES} pages.
 *   <li>Its heat rises by {@value #HEAT_OF_DENSE} in such an epoch and falls by 1 in any other; at
 *       {@value #HOT} it is hot. So every second epoch is enough: faults may slow a guest down so
 *       much that it does not get around in one.
 *   <li>At the end of each epoch one hot block in {@value #PROBATION_EPOCHS} is on probation: it is
 *       armed, and hot again with the next dense epoch, if that comes soon. So all that has cooled
 *       is armed after that many epochs, and no epoch pays for more than its share of questions.
 * </ul>
 */
final class HotBlocks {
  static final int PAGES = 64;
  static final long BYTES = PAGES * PageRuns.PAGE_BYTES;
  static final int HEAT_OF_DENSE = 2;
  static final int HOT = 6;
  static final int PROBATION_EPOCHS = 64;
  private static final int DENSE_PAGES = PAGES / 2;

  /** In place of the faults of an epoch: what is found in the block was not armed. */
  private static final byte NOT_ARMED = -1;

  private final long memoryBytes;
  private final int densePages;
  private final BitSet hot;
  private final byte[] faults;
  private final int[] faultsEpoch;
  private final byte[] heat;
  private final int[] denseEpoch;
  private int epoch = 1;

  /**
   * @param pageBytes the kernel's page. A larger one than {@link PageRuns#PAGE_BYTES} cannot be
   *     armed in part and costs one fault for all of it, so no block is hot
   */
  HotBlocks(long memoryBytes, long pageBytes) {
    int blocks = Math.toIntExact((memoryBytes + BYTES - 1) / BYTES);
    this.memoryBytes = memoryBytes;
    this.densePages = pageBytes == PageRuns.PAGE_BYTES ? DENSE_PAGES : Integer.MAX_VALUE;
    this.hot = new BitSet(blocks);
    this.faults = new byte[blocks];
    this.faultsEpoch = new int[blocks];
    this.heat = new byte[blocks];
    this.denseEpoch = new int[blocks];
  }

  /**
   * Where the first hot block at or after {@code from} begins; the end of memory if there is none.
   */
  long nextHot(long from) {
    int block = hot.nextSetBit((int) (from / BYTES));
    return block < 0 ? memoryBytes : Math.max(from, block * BYTES);
  }

  /** Where the hot blocks from there on end; {@code from} where there is none. */
  long nextCold(long from) {
    return Math.min(memoryBytes, Math.max(from, hot.nextClearBit((int) (from / BYTES)) * BYTES));
  }

  /**
   * Those pages of blocks that are not hot were found written.
   *
   * @return how many of their bytes had been armed
   */
  long found(long start, long length) {
    long armed = 0;
    for (long at = start; at < start + length; ) {
      int block = (int) (at / BYTES);
      long end = Math.min(start + length, (block + 1) * BYTES);
      if (count(block, (int) ((end - at) / PageRuns.PAGE_BYTES))) {
        armed += end - at;
      }
      at = end;
    }
    return armed;
  }

  private boolean count(int block, int pages) {
    if (faultsEpoch[block] != epoch) {
      faultsEpoch[block] = epoch;
      faults[block] = 0;
    }
    int before = faults[block];
    if (before == NOT_ARMED) {
      return false;
    }
    faults[block] = (byte) Math.min(before + pages, Byte.MAX_VALUE);
    if (before < densePages && before + pages >= densePages) {
      dense(block);
    }
    return true;
  }

  private void dense(int block) {
    int fallen = Math.max(0, heat[block] - (epoch - denseEpoch[block] - 1));
    heat[block] = (byte) Math.min(fallen + HEAT_OF_DENSE, HOT);
    denseEpoch[block] = epoch;
    if (heat[block] == HOT) {
      hot.set(block);
    }
  }

  /** Before the last look of an epoch, which arms what is on probation from now on. */
  void probation() {
    for (int block = hot.nextSetBit(0); block >= 0; block = hot.nextSetBit(block + 1)) {
      if ((block + epoch) % PROBATION_EPOCHS == 0) {
        hot.clear(block);
        heat[block] = HOT - HEAT_OF_DENSE;
        denseEpoch[block] = epoch;
        faults[block] = NOT_ARMED;
        faultsEpoch[block] = epoch;
      }
    }
  }

  /** After the last look of an epoch. */
  void endEpoch() {
    epoch++;
  }
}
