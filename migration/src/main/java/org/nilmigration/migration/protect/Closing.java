package org.nilmigration.migration.protect;

/** The protector is being closed while it waits. */
final class Closing extends RuntimeException {
  private static final long serialVersionUID = 1L;
}
