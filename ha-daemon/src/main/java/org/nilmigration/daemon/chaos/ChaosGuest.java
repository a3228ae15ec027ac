package org.nilmigration.daemon.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.HostApi;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;

/**
 * A guest on two hosts that counts, tests its memory and serves a client, and what can be done to
 * it. Each method does one thing, waits for what must come of it, and returns with the guest
 * protected; what does not hold is a FaultException.
 */
final class ChaosGuest implements AutoCloseable {
  private static final String GUEST = "g";
  private static final Duration SOON = GuestStory.SOON;

  /** What the hosts of a lab are configured with, by default. */
  private static final Duration SUSPECT_AFTER = Duration.ofMillis(150);

  private static final int SHORT_STALL_MILLIS_MAX = 60;

  private final Random random;
  private final GuestStory story;
  private final WritingClient client;

  private ChaosGuest(Random random, GuestStory story, WritingClient client) {
    this.random = random;
    this.story = story;
    this.client = client;
  }

  /** Starts it on host A; the hosts run. */
  static ChaosGuest begin(Lab lab, Random random) {
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    return new ChaosGuest(random, story, WritingClient.begin(lab, story.ownerHost()));
  }

  /** It goes on, and nothing that left it since the last time was undone. */
  void judge() {
    story.awaitProtected();
    client.goesOn();
    story.goesOn();
    client.judgeFrames();
    client.goesOn();
  }

  /** It lost nothing, and had one owner at a time; the client ends. */
  void finish() {
    client.finish();
    Held.require(OwnerHistory.faults(api().history(GUEST)));
  }

  Duration silenceSince(long nanos) {
    return client.silenceSince(nanos);
  }

  void killHost() {
    story.crash();
    client.movedTo(story.ownerHost());
    story.rejoin();
  }

  void killStandbyHost() {
    long generation = generation();
    story.standbyHost().kill();
    awaitNoStandby();
    client.goesOn();
    story.rejoin();
    requireNoTakeover(generation);
  }

  void killQemu() {
    GuestStory.Eve eve = story.eve();
    ProcessHandle qemu = qemu(story.ownerHost());
    qemu.destroyForcibly();
    story.takenOver(eve, System.nanoTime());
    client.movedTo(story.ownerHost());
  }

  void killStandbyQemu() {
    long generation = generation();
    ProcessHandle qemu = qemu(story.standbyHost());
    qemu.destroyForcibly();
    Await.until(
        "another QEMU waits on host " + story.standbyHost().name(),
        SOON,
        () ->
            Qemus.of(story.standbyHost()).stream()
                .filter(next -> next.pid() != qemu.pid())
                .findAny());
    client.goesOn();
    requireNoTakeover(generation);
  }

  void stallHost() {
    LabHost host = story.ownerHost();
    stall(host, host::freeze);
  }

  void stallDaemon() {
    LabHost host = story.ownerHost();
    stall(host, host::freezeDaemon);
  }

  /** For as long as it takes to be deposed. */
  private void stall(LabHost host, Runnable freeze) {
    GuestStory.Eve eve = story.eve();
    ProcessHandle former = qemu(host);
    freeze.run();
    story.takenOverFromRunning(eve);
    client.movedTo(story.ownerHost());
    host.thaw();
    Qemus.awaitKilled(host, former.pid());
  }

  /** Its guest runs on until the next run finds that it was taken over. */
  void killDaemon() {
    LabHost host = story.ownerHost();
    GuestStory.Eve eve = story.eve();
    ProcessHandle former = qemu(host);
    host.killDaemon();
    story.takenOverFromRunning(eve);
    client.movedTo(story.ownerHost());
    host.startDaemon();
    Qemus.awaitKilled(host, former.pid());
  }

  void stallHostBriefly() {
    LabHost host = story.ownerHost();
    stallBriefly(host::freeze, host::thaw);
  }

  void stallDaemonBriefly() {
    LabHost host = story.ownerHost();
    stallBriefly(host::freezeDaemon, host::thaw);
  }

  /** Shorter than a takeover needs, unless this machine is too slow to end it in time. */
  private void stallBriefly(Runnable freeze, Runnable thaw) {
    GuestStory.Eve eve = story.eve();
    long began = System.nanoTime();
    freeze.run();
    sleep(random.nextInt(SHORT_STALL_MILLIS_MAX));
    thaw.run();
    Duration stood = Duration.ofNanos(System.nanoTime() - began);
    client.goesOn();
    if (generation() == eve.generation()) {
      return;
    }
    if (stood.compareTo(SUSPECT_AFTER) < 0) {
      requireNoTakeover(eve.generation());
    }
    story.takenOverFromRunning(eve);
    client.movedTo(story.ownerHost());
  }

  void stallStandby() {
    long generation = generation();
    LabHost standby = story.standbyHost();
    standby.freeze();
    awaitNoStandby();
    client.goesOn();
    standby.thaw();
    story.awaitProtected();
    requireNoTakeover(generation);
  }

  void cutOwner() {
    cut(List.of(story.ownerHost()));
  }

  void cutStandby() {
    cut(List.of(story.standbyHost()));
  }

  void cutBoth() {
    cut(List.of(story.ownerHost(), story.standbyHost()));
  }

  /** From ZooKeeper, for longer than a session. */
  private void cut(List<LabHost> hosts) {
    long generation = generation();
    hosts.forEach(LabHost::cutFromZooKeeper);
    hosts.forEach(host -> awaitZooKeeper(host, false));
    client.goesOn();
    sleep(Lab.SESSION.toMillis());
    client.goesOn();
    hosts.forEach(LabHost::rejoinZooKeeper);
    hosts.forEach(host -> awaitZooKeeper(host, true));
    story.awaitProtected();
    requireNoTakeover(generation);
  }

  private static void awaitZooKeeper(LabHost host, boolean there) {
    Await.until(
        "host %s %s ZooKeeper".formatted(host.name(), there ? "reaches" : "has lost"),
        SOON,
        () ->
            Optional.of(host.api().metric("nil_failover_zookeeper_connected"))
                .filter(seen -> seen.orElse(-1) == (there ? 1 : 0)));
  }

  void move() {
    story.move();
    client.movedTo(story.ownerHost());
  }

  void stopHost() {
    story.leave();
    client.movedTo(story.ownerHost());
    story.rejoin();
  }

  /** Forced: nobody is left to protect it meanwhile. */
  void drain() {
    LabHost drained = story.ownerHost();
    HostApi other = story.standbyHost().api();
    story.leaves(() -> {
      OperationDocument drain = other.drainForced(drained.name());
      Await.until(
          "the drain of host %s has ended".formatted(drained.name()),
          SOON,
          () -> Optional.of(other.operation(drain.id())).filter(OperationDocument::ended));
    });
    client.movedTo(story.ownerHost());
    other.uncordon(drained.name());
  }

  private HostApi api() {
    return story.ownerHost().api();
  }

  private long generation() {
    return api().guest(GUEST).placement().generation();
  }

  private void awaitNoStandby() {
    Await.until(
        "guest g has lost its standby",
        SOON,
        () -> Optional.of(api().guest(GUEST).placement()).filter(p -> p.standby() == null));
  }

  private void requireNoTakeover(long generation) {
    long now = generation();
    Held.require(
        now == generation
            ? List.of()
            : List.of(
                "guest g: found generation %d, expected %d as before: nothing that happened is a reason for another owner; %s"
                    .formatted(
                        now,
                        generation,
                        api().latest(GUEST, "TAKEOVER").map(record -> record.cause()).orElse(""))));
  }

  private static ProcessHandle qemu(LabHost host) {
    return Await.until(
        "host %s has a QEMU".formatted(host.name()),
        SOON,
        () -> Qemus.of(host).stream().findFirst());
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
