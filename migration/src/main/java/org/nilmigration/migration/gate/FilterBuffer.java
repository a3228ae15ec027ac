package org.nilmigration.migration.gate;

/**
 * One buffer in the way of what a guest sends through one network back end.
 *
 * @param number unique over the life of the monitor's process, and growing
 * @param netdev the back end's id
 */
public record FilterBuffer(long number, String netdev) {
  /** Id of the monitor's object. */
  public String id() {
    return "nil-hold" + number;
  }
}
