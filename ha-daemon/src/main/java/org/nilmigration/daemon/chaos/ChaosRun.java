package org.nilmigration.daemon.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.nilmigration.config.FaultException;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;

/**
 * Plays scenarios one after the other against one guest, and has the outside judge look at each.
 */
public final class ChaosRun {
  private static final int PAUSE_MILLIS_MAX = 500;

  private ChaosRun() {}

  /**
   * One scenario that was played.
   *
   * @param number from 1 on
   * @param took until the judge was content, or not
   * @param silence the longest time that the client waited for an answer
   * @param fault what did not hold, null when all held
   */
  public record Iteration(
      int number, Scenario scenario, Duration took, Duration silence, String fault) {}

  /**
   * Starts hosts and guest and plays.
   *
   * @param lab with two hosts, A and B, that do not run yet
   * @param scenarios to draw from, each as likely as the others
   * @param seed of what is drawn, and when
   * @param told of each iteration as it ends, a failed one included
   * @throws FaultException of the first thing that did not hold; nothing is played after it
   */
  public static void play(
      Lab lab, List<Scenario> scenarios, int iterations, long seed, Consumer<Iteration> told) {
    Random random = new Random(seed);
    lab.hosts().forEach(LabHost::start);
    try (ChaosGuest guest = ChaosGuest.begin(lab, random)) {
      for (int number = 1; number <= iterations; number++) {
        pause(random.nextInt(PAUSE_MILLIS_MAX));
        iterate(guest, number, scenarios.get(random.nextInt(scenarios.size())), told);
      }
      guest.finish();
    }
  }

  private static void iterate(
      ChaosGuest guest, int number, Scenario scenario, Consumer<Iteration> told) {
    long began = System.nanoTime();
    String fault = null;
    try {
      scenario.play(guest);
      guest.judge();
    } catch (FaultException e) {
      fault = e.getMessage();
      throw e;
    } finally {
      told.accept(
          new Iteration(
              number,
              scenario,
              Duration.ofNanos(System.nanoTime() - began),
              guest.silenceSince(began),
              fault));
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
