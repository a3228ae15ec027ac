package org.nilmigration.daemon.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.CommitWatch;
import org.nilmigration.daemon.lab.ConsoleLog;
import org.nilmigration.daemon.lab.Continuity;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabNic;

/**
 * The story: a guest boots on host A, protected by B; it is moved to B; B is killed, and it goes on
 * on A; B comes back as its standby. All the time a client writes to the guest's Redis. Times are
 * real; verdicts come from the guest's own console and from what the client was told.
 */
final class Demo {
  static final int STEPS = 10;

  private static final String GUEST = "demo";
  private static final String MEMORY_TEST = "nil.memtester=32M";
  private static final LabNic NIC = new LabNic(1);
  private static final Duration BOOT_WITHIN = Duration.ofMinutes(2);
  private static final Duration MOVE_WITHIN = Duration.ofMinutes(1);
  private static final Duration TAKEOVER_WITHIN = Duration.ofMinutes(1);
  private static final Duration SYNC_WITHIN = Duration.ofMinutes(2);
  private static final int TICKS_MIN = 20;
  private static final long PAUSES_MIN = 100;

  private final Lab lab;
  private final LabHost a;
  private final LabHost b;
  private final LabGuest guest;
  private final Progress progress;
  private final Findings findings;
  private DemoClient client;

  Demo(Lab lab, Progress progress, Findings findings) {
    this.lab = lab;
    this.a = lab.host("A");
    this.b = lab.host("B");
    this.guest = new LabGuest(lab, GUEST);
    this.progress = progress;
    this.findings = findings;
    this.client = DemoClient.none(findings);
  }

  /** Runs it; throws when a step does not come to its end. */
  void run(GuestImage image, MachineType machine) {
    try {
      start(image, machine);
      move();
      rejoin(crash());
      client.finish();
    } finally {
      client.close();
    }
  }

  private void start(GuestImage image, MachineType machine) {
    progress.step("starting hosts A and B");
    for (LabHost host : lab.hosts()) {
      host.start();
      findings.event("host " + host.name() + " is up");
    }

    progress.step("booting the guest on A");
    GuestConfig config =
        machine == MachineType.Q35
            ? LabGuest.config(GUEST, image, MEMORY_TEST + " nil.redis=1", NIC, a.name())
            : LabGuest.config(GUEST, image, machine, MEMORY_TEST, a.name());
    LabGuest.Mark before = guest.mark("A");
    a.api().apply(config);
    guest.awaitRunning("A", BOOT_WITHIN);
    guest.awaitTicks(before, 1, BOOT_WITHIN);
    findings.event("guest has booted on A");

    progress.step("waiting until B could take over");
    guest.awaitProtected("A", "B", SYNC_WITHIN);
    findings.event("guest is protected by B");
    if (machine == MachineType.Q35) {
      client = DemoClient.begin(NIC, findings);
    }
    guest.awaitConsole(
        before,
        TICKS_MIN + " ticks and a passed memory test",
        BOOT_WITHIN,
        log -> log.ticks().size() >= TICKS_MIN && log.testsPassed() > 0);
  }

  private void move() {
    progress.step("nil-migrating the guest from A to B");
    LabGuest.Mark before = guest.mark("B");
    long generation = a.api().guest(GUEST).placement().generation();
    long asked = System.nanoTime();
    findings.event("asked for a move to B");
    OperationDocument operation = guest.migrate("A", "B", MOVE_WITHIN);
    double total = Findings.millis(System.nanoTime() - asked);
    findings.handoff(
        guest.awaitRecord("B", "SWITCHOVER", generation + 1, MOVE_WITHIN), operation, total);

    progress.step("the guest runs on B, protected by A without a resync");
    guest.awaitProtected("B", "A", SYNC_WITHIN);
    findings.event("guest is protected by A");
    ConsoleLog onB = guest.awaitTicks(before, TICKS_MIN, MOVE_WITHIN);
    findings.faults(Continuity.acrossHosts(guest.console("A"), onB, 0));
    findings.silenceInMove(client.silenceMillisSince(asked));
    findings.pauses(awaitPauses());
    guest.awaitConsole(before, "a passed memory test", BOOT_WITHIN, log -> log.testsPassed() > 0);
  }

  private RoleDocument awaitPauses() {
    return Await.until(
        PAUSES_MIN + " epochs on host B",
        SYNC_WITHIN,
        () -> {
          b.requireAlive();
          return Optional.ofNullable(b.api().guest(GUEST).here())
              .filter(role -> role.pauseCount() != null && role.pauseCount() >= PAUSES_MIN);
        });
  }

  private Reign crash() {
    progress.step("SIGKILL for all of host B");
    long generation = a.api().guest(GUEST).placement().generation();
    LabGuest.Mark before = guest.mark("A");
    CommitWatch commits = new CommitWatch();
    commits.watch(b, GUEST);
    LabHost.Killed killed = b.kill();
    findings.event(killed.firstNanos(), "SIGKILL for host B: daemon, QEMU and all else");
    ConsoleLog onB = guest.console("B");
    HistoryDocument record = guest.awaitTakeover("A", generation + 1, TAKEOVER_WITHIN);
    findings.faults(commits.lost(record.epoch()));
    Duration commitAge = commits.ageAtMost(record.epoch(), killed.lastNanos());
    findings.takeover(record, killed.firstNanos(), commitAge);
    findings.silenceInCrash(client.silenceMillisSince(killed.firstNanos()));

    progress.step("the guest goes on on A: reading its console");
    ConsoleLog onA =
        guest.awaitConsole(
            before,
            TICKS_MIN + " ticks and a memory test that passes after the takeover",
            BOOT_WITHIN,
            log -> log.ticks().size() >= TICKS_MIN && log.testsPassed() > 0);
    return judge(onB, onA, commitAge);
  }

  /** What the consoles said about the crash, needed again for the last word on the guest. */
  private record Reign(ConsoleLog onB, boolean sameBoot, boolean counterHolds) {}

  private Reign judge(ConsoleLog onB, ConsoleLog onA, Duration commitAge) {
    List<String> counter = new ArrayList<>();
    counter.addAll(Continuity.consecutive(onB));
    counter.addAll(
        Continuity.acrossHosts(onB, onA, Continuity.repeatedTicksMax(commitAge, LabGuest.TICK)));
    findings.faults(counter);
    findings.repeatedTicks(Continuity.repeatedTicks(onB, onA));
    if (!onA.ticks().isEmpty() && !onB.ticks().isEmpty()) {
      findings.event(
          String.format(
              Locale.ROOT,
              "guest went on with tick %d (B printed up to %d)",
              onA.ticks().getFirst().number(),
              onB.ticks().getLast().number()));
    }
    Reign reign = new Reign(onB, Continuity.sameBoot(onB, onA).isEmpty(), counter.isEmpty());
    guest(reign, onA);
    return reign;
  }

  /** Console A holds the guest's first time there and the one after the takeover. */
  private void guest(Reign reign, ConsoleLog newestOnA) {
    ConsoleLog allOfA = guest.console("A");
    boolean consecutive = Continuity.consecutive(newestOnA).isEmpty();
    findings.guest(
        new DemoReport.Guest(
            reign.sameBoot(),
            reign.counterHolds() && consecutive,
            allOfA.testFailures().size() + reign.onB().testFailures().size(),
            allOfA.testsPassed() + reign.onB().testsPassed(),
            newestOnA.lastTick().map(ConsoleLog.Tick::number).orElse(null)));
  }

  private void rejoin(Reign reign) {
    progress.step("starting host B again, as the standby");
    LabGuest.Mark before = guest.mark("A");
    long began = System.nanoTime();
    b.start();
    findings.event("host B is up again");
    guest.awaitProtected("A", "B", SYNC_WITHIN);
    findings.rejoined(Findings.millis(System.nanoTime() - began));
    findings.event("guest is protected by B again");
    ConsoleLog after = guest.awaitTicks(before, TICKS_MIN, BOOT_WITHIN);
    findings.faults(Continuity.consecutive(after));
    guest(reign, after);
    RoleDocument owner = a.api().guest(GUEST).here();
    findings.epochs(owner == null ? 0 : owner.epoch());
  }

  /** Runs the demo and turns whatever stops it into a fault of the findings. */
  static Optional<FaultException> judged(Findings findings, Runnable story) {
    try {
      story.run();
      return Optional.empty();
    } catch (FaultException e) {
      findings.fault(e.getMessage());
      return Optional.of(e);
    }
  }
}
