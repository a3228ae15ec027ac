package org.nilmigration.checkpoint.log;

import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.layout.RecordLayout;

/** Cuts page runs into the run tables of records, from the first run to the last. */
final class RunCutter {
  private final long memoryBytes;
  private final int dataMax;
  private final int runsMax;

  private PageRuns runs = new PageRuns();
  private int run;
  private long within;
  private int bytes;

  /**
   * @param memoryBytes of the guest; a run beyond it is a programming error
   * @param dataMax most page bytes of a record
   */
  RunCutter(long memoryBytes, int dataMax) {
    this.memoryBytes = memoryBytes;
    this.dataMax = dataMax;
    this.runsMax = (int) (dataMax / PageRuns.PAGE_BYTES);
  }

  /** Most entries of a run table. */
  int runsMax() {
    return runsMax;
  }

  /** What a record takes in the ring at the most. */
  long recordBytesMax() {
    return RecordLayout.recordBytes((long) runsMax * RecordLayout.RUN_BYTES + dataMax);
  }

  void start(PageRuns next) {
    runs = next;
    run = 0;
    within = 0;
  }

  boolean hasMore() {
    return run < runs.count();
  }

  /**
   * Fills the run table of one record, from where the last one ended.
   *
   * @return its entries
   */
  int cut(RecordWriter record) {
    int entries = 0;
    int data = 0;
    while (hasMore() && entries < runsMax && data < dataMax) {
      long start = runs.start(run);
      long length = runs.length(run);
      if (length > memoryBytes || start > memoryBytes - length) {
        throw new IllegalArgumentException(
            "run of " + length + " bytes at " + start + ": guest memory has " + memoryBytes);
      }
      int take = (int) Math.min(length - within, dataMax - data);
      record.run(entries++, start + within, take);
      data += take;
      within += take;
      if (within == length) {
        run++;
        within = 0;
      }
    }
    bytes = data;
    return record.alignTable(entries);
  }

  /** Page bytes of the last cut. */
  int bytes() {
    return bytes;
  }
}
