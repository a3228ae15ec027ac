/**
 * Which guest pages were written: page-run lists, trackers that read and re-arm the kernel's record
 * of written pages, and the map of what a sparse image file holds at all.
 *
 * <p>No thread is owned here: a tracker is used by one thread at a time, its guest's epoch thread.
 * Knows processes, file descriptors and address ranges, but no hypervisor. Kernel interfaces:
 * {@code linux/userfaultfd.h} and {@code PAGEMAP_SCAN} of {@code linux/fs.h} (Linux 6.7).
 */
package org.nilmigration.checkpoint.dirty;
