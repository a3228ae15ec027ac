package org.nilmigration.failover.decision;

import java.util.Set;

/**
 * What people have ordered, as far as it bears on one guest.
 *
 * @param cordoned hosts that get nothing new
 * @param draining those of them that everything leaves
 * @param forced those of these that are left also when nobody else can protect the guest
 * @param pause why nothing changes by itself, one sentence; null while HA works
 * @param turn the guest may leave now, as far as the drain's bound on guests at once goes
 */
public record Orders(
    Set<String> cordoned, Set<String> draining, Set<String> forced, String pause, boolean turn) {
  public static final Orders NONE = new Orders(Set.of(), Set.of(), Set.of(), null, true);

  public Orders {
    cordoned = Set.copyOf(cordoned);
    draining = Set.copyOf(draining);
    forced = Set.copyOf(forced);
  }

  boolean paused() {
    return pause != null;
  }
}
