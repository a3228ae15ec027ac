package org.nilmigration.checkpoint.dirty;

/**
 * Numbers of {@code linux/userfaultfd.h} and of {@code PAGEMAP_SCAN} in {@code linux/fs.h}, x86-64,
 * Linux 6.7 and later. Structures are little-endian 64-bit words at literal offsets.
 */
final class UffdLayout {
  private UffdLayout() {}

  static final long UFFD_API = 0xAA;
  static final long FEATURE_PAGEFAULT_FLAG_WP = 1;
  static final long FEATURE_WP_HUGETLBFS_SHMEM = 1L << 12;
  static final long FEATURE_WP_UNPOPULATED = 1L << 13;
  static final long FEATURE_WP_ASYNC = 1L << 15;
  static final long FEATURES =
      FEATURE_PAGEFAULT_FLAG_WP
          | FEATURE_WP_HUGETLBFS_SHMEM
          | FEATURE_WP_UNPOPULATED
          | FEATURE_WP_ASYNC;

  /** struct uffdio_api: api, features, ioctls. */
  static final long UFFDIO_API = 0xC018AA3FL;

  /** struct uffdio_register: start, length, mode, ioctls. */
  static final long UFFDIO_REGISTER = 0xC020AA00L;

  /** struct uffdio_range: start, length. */
  static final long UFFDIO_UNREGISTER = 0x8010AA01L;

  /** struct uffdio_writeprotect: start, length, mode. */
  static final long UFFDIO_WRITEPROTECT = 0xC018AA06L;

  static final long REGISTER_MODE_WP = 2;
  static final long WRITEPROTECT_MODE_WP = 1;

  /** struct pm_scan_arg, see the SCAN offsets. */
  static final long PAGEMAP_SCAN = 0xC0606610L;

  static final int SCAN_SIZE = 0;
  static final int SCAN_FLAGS = 8;
  static final int SCAN_START = 16;
  static final int SCAN_END = 24;
  static final int SCAN_WALK_END = 32;
  static final int SCAN_VECTOR = 40;
  static final int SCAN_VECTOR_LENGTH = 48;
  static final int SCAN_MAX_PAGES = 56;
  static final int SCAN_CATEGORY_INVERTED = 64;
  static final int SCAN_CATEGORY_MASK = 72;
  static final int SCAN_CATEGORY_ANYOF_MASK = 80;
  static final int SCAN_RETURN_MASK = 88;
  static final int SCAN_BYTES = 96;

  static final long PM_SCAN_WP_MATCHING = 1;
  static final long PM_SCAN_CHECK_WPASYNC = 2;
  static final long PAGE_IS_WRITTEN = 2;

  /** struct page_region: start, end, categories. */
  static final int REGION_START = 0;

  static final int REGION_END = 8;
  static final int REGION_BYTES = 24;
}
