package org.nilmigration.checkpoint.region;

import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * How to format a region.
 *
 * @param capacityBytes most bytes that its files may have together, by apparent size; at least 1
 *     MiB
 */
public record RegionSpec(long capacityBytes) {
  private static final long CAPACITY_BYTES_MIN = 1 << 20;

  public RegionSpec {
    if (capacityBytes < CAPACITY_BYTES_MIN) {
      throw new FaultException(
          FaultKind.CONFIG,
          "capacity of the region: found "
              + capacityBytes
              + " bytes, expected at least "
              + new ByteSize(CAPACITY_BYTES_MIN)
              + "; give the region more");
    }
  }
}
