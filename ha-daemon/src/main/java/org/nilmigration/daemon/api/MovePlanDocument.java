package org.nilmigration.daemon.api;

import java.util.List;

/**
 * What a move of a guest would find.
 *
 * @param movable whether it would be done
 * @param exitCode that a refused move would end with, 0 when it is movable
 */
public record MovePlanDocument(
    String vm, String to, boolean movable, int exitCode, List<Check> checks) {

  /**
   * One check.
   *
   * @param name what was looked at
   * @param verdict OK, FIRST (the move does that first) or REFUSED
   * @param text what was found; with the remedy when REFUSED
   */
  public record Check(String name, String verdict, String text) {}
}
