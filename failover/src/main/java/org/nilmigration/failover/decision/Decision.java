package org.nilmigration.failover.decision;

/**
 * What to do and why.
 *
 * @param why one sentence; the same while nothing changes, so that it is logged once
 * @param alarm true when a person should know: protection is degraded
 * @param refusal true when a takeover is called for and not done; goes into the history
 */
public record Decision(Action action, String why, boolean alarm, boolean refusal) {

  static Decision act(Action action, String why) {
    return new Decision(action, why, false, false);
  }

  static Decision rest(String why) {
    return new Decision(new Action.Wait(), why, false, false);
  }

  static Decision alarm(String why) {
    return new Decision(new Action.Wait(), why, true, false);
  }

  static Decision refuse(String why) {
    return new Decision(new Action.Wait(), why, true, true);
  }
}
