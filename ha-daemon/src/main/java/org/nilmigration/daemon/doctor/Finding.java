package org.nilmigration.daemon.doctor;

/**
 * What one check found.
 *
 * @param found what is there, or the whole sentence with its remedy when that will not do
 */
public record Finding(String check, Level level, String found) {

  /** How bad it is. */
  public enum Level {
    OK,
    /** Guests run, but not all of them, or not as they could. */
    WARN,
    /** This host can run no guests. */
    FAIL
  }
}
