package org.nilmigration.daemon.chaos;

import java.time.Duration;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.lab.CommitWatch;
import org.nilmigration.daemon.lab.ConsoleLog;
import org.nilmigration.daemon.lab.Continuity;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;

/**
 * One guest on two hosts and what happens to it. After each chapter the guest's consoles must show
 * that it is the same boot and counts on; every chapter ends with the guest running. What does not
 * hold is a FaultException.
 */
public final class GuestStory {
  /** Longer than any step of a healthy cluster takes on a slow machine. */
  public static final Duration SOON = Duration.ofMinutes(2);

  private static final int TICKS = 10;

  private final Lab lab;
  private final LabGuest guest;
  private String owner;
  private String standby;
  private LabGuest.Mark reign;
  private int testsPassed;

  private GuestStory(Lab lab, String name, String owner, String standby) {
    this.lab = lab;
    this.guest = new LabGuest(lab, name);
    this.owner = owner;
    this.standby = standby;
    this.reign = guest.mark(owner);
  }

  /** Starts the guest on its preferred host and waits until the other host protects it. */
  public static GuestStory begin(Lab lab, GuestConfig config, String standby) {
    GuestStory story = beginAlone(lab, config, standby);
    story.awaitProtected();
    return story;
  }

  /** Starts the guest on its preferred host, where the other one may not run yet. */
  public static GuestStory beginAlone(Lab lab, GuestConfig config, String standby) {
    GuestStory story = new GuestStory(lab, config.name(), config.host(), standby);
    lab.host(story.owner).api().apply(config);
    story.guest.awaitRunning(story.owner, SOON);
    story.guest.awaitTicks(story.reign, TICKS, SOON);
    return story;
  }

  public LabGuest guest() {
    return guest;
  }

  public LabHost ownerHost() {
    return lab.host(owner);
  }

  public LabHost standbyHost() {
    return lab.host(standby);
  }

  public void awaitProtected() {
    guest.awaitProtected(owner, standby, SOON);
  }

  /** What the guest printed since it came to its present host. */
  public ConsoleLog console() {
    return guest.console(reign);
  }

  /** Memory tests that the guest passed before its last planned move. */
  public int testsPassed() {
    return testsPassed;
  }

  /** Waits until the guest has printed more, and checks it. */
  public void goesOn() {
    int seen = console().ticks().size();
    ConsoleLog log = guest.awaitTicks(reign, seen + TICKS, SOON);
    Held.require(Continuity.consecutive(log));
    Held.require(log.testFailures());
  }

  /** A planned move to the standby: nothing is repeated, and the old owner protects it at once. */
  public void move() {
    LabGuest.Mark next = guest.mark(standby);
    LabGuest.Mark last = reign;
    guest.migrate(owner, standby, SOON);
    swap();
    reign = next;
    ConsoleLog after = guest.awaitTicks(reign, TICKS, SOON);
    ConsoleLog before = guest.console(last);
    Held.require(Continuity.acrossHosts(before, after, 0));
    Held.require(Continuity.consecutive(before));
    Held.require(before.testFailures());
    testsPassed += before.testsPassed();
    awaitProtected();
  }

  /**
   * The owner is stopped in order: the guest moves as planned, and nobody is left to protect it.
   */
  public void leave() {
    leaves(() -> ownerHost().stop());
  }

  /** Something makes the guest leave its owner as planned, to the standby. */
  void leaves(Runnable order) {
    LabGuest.Mark next = guest.mark(standby);
    LabGuest.Mark last = reign;
    order.run();
    swap();
    reign = next;
    ConsoleLog after = guest.awaitTicks(reign, TICKS, SOON);
    Held.require(Continuity.acrossHosts(guest.console(last), after, 0));
  }

  /** The owner's whole process tree is killed; the standby goes on from the last commit. */
  public void crash() {
    Eve eve = eve();
    takenOver(eve, ownerHost().kill().lastNanos());
  }

  /** What was known just before something happened to the owner. */
  public record Eve(CommitWatch commits, LabGuest.Mark standbyConsole, long generation) {}

  public Eve eve() {
    long generation = ownerHost().api().guest(guest.name()).placement().generation();
    LabGuest.Mark mark = guest.mark(standby);
    CommitWatch commits = new CommitWatch();
    commits.watch(ownerHost(), guest.name());
    return new Eve(commits, mark, generation);
  }

  /**
   * What must hold once the owner, or its part of the guest, is gone.
   *
   * @param goneNanos when it went
   */
  public void takenOver(Eve eve, long goneNanos) {
    HistoryDocument record = guest.awaitTakeover(standby, eve.generation() + 1, SOON);
    ConsoleLog before = console();
    swap();
    reign = eve.standbyConsole();
    ConsoleLog after = guest.awaitTicks(reign, TICKS, SOON);
    Held.require(eve.commits().lost(record.epoch()));
    long repeated =
        Continuity.repeatedTicksMax(
            eve.commits().ageAtMost(record.epoch(), goneNanos), LabGuest.TICK);
    Held.require(Continuity.acrossHosts(before, after, repeated));
    Held.require(after.testFailures());
  }

  /**
   * What must hold when the former owner's guest may still run and print, as long as it is not told
   * that it was deposed.
   */
  public void takenOverFromRunning(Eve eve) {
    HistoryDocument record = guest.awaitTakeover(standby, eve.generation() + 1, SOON);
    ConsoleLog before = console();
    swap();
    reign = eve.standbyConsole();
    ConsoleLog after = guest.awaitTicks(reign, TICKS, SOON);
    Held.require(eve.commits().lost(record.epoch()));
    Held.require(Continuity.sameBoot(before, after));
    Held.require(Continuity.consecutive(after));
  }

  /** The killed host comes back and protects the guest. */
  public void rejoin() {
    standbyHost().start();
    awaitProtected();
    goesOn();
  }

  private void swap() {
    String former = owner;
    owner = standby;
    standby = former;
  }
}
