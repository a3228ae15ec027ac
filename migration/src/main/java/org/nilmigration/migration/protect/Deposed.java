package org.nilmigration.migration.protect;

/** The standby took the guest; the guest must not run on here. */
final class Deposed extends RuntimeException {
  private static final long serialVersionUID = 1L;
}
