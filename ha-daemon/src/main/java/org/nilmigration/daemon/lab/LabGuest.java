package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.PlacementDocument;

/** A guest of a lab: what it is made from, where it is, and what it prints. */
public final class LabGuest {
  /** Time between two ticks of the guest's counter. */
  public static final Duration TICK = Duration.ofMillis(100);

  private final Lab lab;
  private final String name;

  public LabGuest(Lab lab, String name) {
    this.lab = lab;
    this.name = name;
  }

  /**
   * A guest of 256 MiB and one vCPU that runs the test image; {@link GuestConfig#withSize} makes it
   * another.
   *
   * @param programs words of {@code guest/README.md}, such as {@code nil.memtester=32M}; a counter
   *     ticks every {@link #TICK} unless {@code nil.tick} is among them
   * @param firstHost the host that shall start it
   */
  public static GuestConfig config(
      String name, GuestImage image, MachineType machine, String programs, String firstHost) {
    return config(name, image, machine, programs, NetworkConfig.NONE, firstHost);
  }

  /**
   * A guest of 256 MiB that runs the test image on the network; on q35, because the image finds no
   * network interface on a microvm.
   */
  public static GuestConfig config(
      String name, GuestImage image, String programs, LabNic nic, String firstHost) {
    String words = nic.programs() + " " + programs;
    return config(name, image, MachineType.Q35, words.strip(), nic.network(), firstHost);
  }

  private static GuestConfig config(
      String name,
      GuestImage image,
      MachineType machine,
      String programs,
      NetworkConfig network,
      String firstHost) {
    String append =
        "console=ttyS0 quiet reboot=t panic=-1"
            + (machine == MachineType.MICROVM ? " pci=off" : "")
            + (programs.isEmpty() ? "" : " " + programs)
            + " nil.tick="
            + TICK.toMillis() / 1e3;
    return new GuestConfig(
        name,
        ByteSize.ofMiB(256),
        1,
        machine,
        null,
        image.kernel(),
        image.initrd(),
        append,
        null,
        network,
        List.of(),
        firstHost);
  }

  public String name() {
    return name;
  }

  /** A point in the consoles of one host; what was printed before it is left out. */
  public record Mark(String host, Map<Path, Long> sizes) {
    public Mark {
      sizes = Map.copyOf(sizes);
    }
  }

  /** The consoles of the host as they are now. */
  public Mark mark(String host) {
    Map<Path, Long> sizes = new HashMap<>();
    for (Path file : lab.host(host).consoles(name)) {
      sizes.put(file, size(file));
    }
    return new Mark(host, sizes);
  }

  /** What the guest printed on that host since the mark. */
  public ConsoleLog console(Mark since) {
    StringBuilder printed = new StringBuilder();
    for (Path file : lab.host(since.host()).consoles(name)) {
      byte[] all = bytes(file);
      int from = (int) Math.min(all.length, since.sizes().getOrDefault(file, 0L));
      printed.append(new String(all, from, all.length - from, StandardCharsets.ISO_8859_1));
    }
    return ConsoleLog.parse(printed.toString());
  }

  /** All that the guest printed on that host. */
  public ConsoleLog console(String host) {
    return console(new Mark(host, Map.of()));
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for a line on the console; a host that ends by itself ends the wait. */
  public ConsoleLog awaitConsole(
      Mark since, String what, Duration within, Predicate<ConsoleLog> condition) {
    return Await.until(
        "guest %s on host %s: %s".formatted(name, since.host(), what),
        within,
        () -> {
          lab.host(since.host()).requireAlive();
          return Optional.of(console(since)).filter(condition);
        });
  }

  /** Waits until that many ticks were printed since the mark. */
  public ConsoleLog awaitTicks(Mark since, int count, Duration within) {
    return awaitConsole(since, count + " ticks", within, log -> log.ticks().size() >= count);
  }

  /** Waits until the owner runs it and the standby could take over. */
  public PlacementDocument awaitProtected(String owner, String standby, Duration within) {
    return awaitPlacement(
        owner,
        "runs on %s, protected by %s".formatted(owner, standby),
        within,
        placement ->
            owner.equals(placement.owner())
                && standby.equals(placement.standby())
                && placement.synced()
                && placement.state().equals("RUNNING"));
  }

  /** Waits until some host runs it and some other one could take over, as a host tells. */
  public PlacementDocument awaitProtected(String asked, Duration within) {
    return awaitPlacement(asked, "runs protected", within, LabGuest::isProtected);
  }

  /** The same, with a lost host in neither role. */
  public PlacementDocument awaitProtectedWithout(String lost, String asked, Duration within) {
    return awaitPlacement(
        asked,
        "runs protected without host " + lost,
        within,
        placement ->
            isProtected(placement)
                && !lost.equals(placement.owner())
                && !lost.equals(placement.standby()));
  }

  private static boolean isProtected(PlacementDocument placement) {
    return placement.standby() != null && placement.synced() && placement.state().equals("RUNNING");
  }

  /** Waits until the host runs it, protected or not. */
  public PlacementDocument awaitRunning(String owner, Duration within) {
    return awaitPlacement(
        owner,
        "runs on " + owner,
        within,
        placement -> owner.equals(placement.owner()) && placement.state().equals("RUNNING"));
  }

  private PlacementDocument awaitPlacement(
      String asked, String what, Duration within, Predicate<PlacementDocument> condition) {
    return Await.until(
        "guest %s %s".formatted(name, what),
        within,
        () -> {
          lab.host(asked).requireAlive();
          GuestDocument guest = lab.host(asked).api().guest(name);
          failOnFault(guest);
          return Optional.ofNullable(guest.placement()).filter(condition);
        });
  }

  private static void failOnFault(GuestDocument guest) {
    PlacementDocument placement = guest.placement();
    if (placement != null && placement.state().equals("FAILED")) {
      throw new FaultException(
          FaultKind.ERROR,
          "guest %s: its placement says FAILED: %s".formatted(guest.name(), placement.note()));
    }
  }

  /** Waits for the newest record of a kind that is not older than a generation. */
  public HistoryDocument awaitRecord(String asked, String kind, long generation, Duration within) {
    return Await.until(
        "a record %s of guest %s from generation %d on".formatted(kind, name, generation),
        within,
        () ->
            lab.host(asked)
                .api()
                .latest(name, kind)
                .filter(record -> record.generation() >= generation));
  }

  /**
   * Waits until a takeover is over and its record complete: it is written before the guest runs.
   */
  public HistoryDocument awaitTakeover(String asked, long generation, Duration within) {
    return Await.until(
        "guest %s was taken over by host %s".formatted(name, asked),
        within,
        () -> {
          HostApi api = lab.host(asked).api();
          GuestDocument seen = api.guest(name);
          failOnFault(seen);
          return seen.placement() == null || seen.placement().generation() < generation
              ? Optional.empty() // to list the history would keep ZooKeeper from the takeover
              : api.latest(name, "TAKEOVER")
                  .filter(record -> record.generation() >= generation)
                  .filter(record -> record.evidence().containsKey("runningNanos"));
        });
  }

  /** Moves it as planned and waits for the end; a move that was not done is its own fault. */
  public OperationDocument migrate(String from, String to, Duration within) {
    HostApi api = lab.host(from).api();
    String what = "migration of guest %s from %s to %s".formatted(name, from, to);
    return awaitDone(api, api.migrate(name, to), what, within);
  }

  /**
   * Moves its memory and waits for the end.
   *
   * @param type decouple or recouple
   */
  public OperationDocument moveMemory(String asked, String type, Duration within) {
    HostApi api = lab.host(asked).api();
    return awaitDone(api, api.moveMemory(name, type), type + " of guest " + name, within);
  }

  private static OperationDocument awaitDone(
      HostApi api, OperationDocument asked, String what, Duration within) {
    OperationDocument ended =
        Await.until(
            what + " has ended",
            within,
            () -> Optional.of(api.operation(asked.id())).filter(OperationDocument::ended));
    if (!ended.state().equals("DONE")) {
      throw new FaultException(
          FaultKind.ERROR,
          "%s: expected DONE, found %s: %s".formatted(what, ended.state(), ended.detail()));
    }
    return ended;
  }
}
