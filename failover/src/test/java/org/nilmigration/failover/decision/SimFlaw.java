package org.nilmigration.failover.decision;

/** One rule that a deliberately broken world does not keep; the checks have to find out. */
enum SimFlaw {
  /** Every rule is kept. */
  NONE,
  /** A placement is written whatever its version is. */
  WRITES_ANY_VERSION,
  /** Output leaves when its epoch is captured. */
  SENDS_BEFORE_COMMIT,
  /** The owner looks at the taken word first and publishes its commit afterwards. */
  LOOKS_BEFORE_COMMIT,
  /** The owner's commit word is published before the epoch's data is out of its caches. */
  COMMITS_UNFLUSHED,
  /** The owner says that it is protected while output still leaves at once. */
  SYNCED_TOO_EARLY,
  /** A takeover does not write its taken word. */
  TAKES_OVER_SILENTLY,
  /** A takeover resumes what it has applied, not the last commit. */
  FORGETS_LAST_COMMIT,
  /** A boot leaves the logs of earlier reigns as they are. */
  BOOTS_BESIDE_OLD_LOGS,
  /** A target lets output out before the outcome is written. */
  ARRIVES_TALKING,
  /** A source resumes what it let go of without taking its word back. */
  RESUMES_WITHOUT_WORD,
  /** A source says READY before the guest's memory is out of its caches. */
  HANDS_OVER_UNFLUSHED,
  /** A restarted daemon lets a protected guest talk before its standby follows on. */
  ADOPTS_TALKING
}
