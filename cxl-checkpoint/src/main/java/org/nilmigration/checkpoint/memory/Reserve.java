package org.nilmigration.checkpoint.memory;

/** Whether a new file gets its memory at once. */
public enum Reserve {
  /** Memory comes with the first write to each page; a write may fault when there is none left. */
  SPARSE,
  /** All memory is set aside when the file is made (posix_fallocate), so no write can fault. */
  RESERVED
}
