package org.nilmigration.config;

import java.util.Objects;

/**
 * The one exception that people read. Its message is a sentence that says what failed, where, what
 * was found, what was expected and what to do about it; a file with several faults has one such
 * line for each. Code acts on {@link #kind()}, never on the text.
 */
public class FaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final FaultKind kind;

  public FaultException(FaultKind kind, String sentence) {
    this(kind, sentence, null);
  }

  /**
   * @param cause what the fault was seen by, for the log; null when there is none
   */
  public FaultException(FaultKind kind, String sentence, Throwable cause) {
    super(Objects.requireNonNull(sentence, "sentence"), cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  public FaultKind kind() {
    return kind;
  }
}
