package org.nilmigration.config;

/** When what a guest sends leaves its host. */
public enum OutputMode {
  /**
   * After the epoch that caused it is committed: a takeover undoes nothing that anyone has seen.
   */
  COMMIT,
  /** At once. Unsafe: a takeover may undo what others have seen already. */
  IMMEDIATE
}
