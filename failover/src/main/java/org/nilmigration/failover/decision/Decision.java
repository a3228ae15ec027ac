package org.nilmigration.failover.decision;

/**
 * What to do and why.
 *
 * @param why one sentence; the same while nothing changes, so that it is logged once
 * @param alarm true when a person should know: protection is degraded
 */
public record Decision(Action action, String why, boolean alarm) {

  static Decision act(Action action, String why) {
    return new Decision(action, why, false);
  }

  static Decision rest(String why) {
    return new Decision(new Action.Wait(), why, false);
  }

  static Decision alarm(String why) {
    return new Decision(new Action.Wait(), why, true);
  }
}
