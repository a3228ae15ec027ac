package org.nilmigration.failover.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.LeftGuest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an earlier run of this host's daemon left: guests that it ran as their owner are kept for
 * the decision whether to go on with them, any other process is killed. Before the host registers,
 * for others take a run that keeps nothing of a guest for the proof that it is gone.
 */
final class LeftGuests {
  private static final Logger LOG = LoggerFactory.getLogger(LeftGuests.class);

  private LeftGuests() {}

  /** A process that runs on, and the generation it ran under. */
  record Left(long generation, LeftGuest guest) {}

  /** By guest. The memory of all others in this host is freed. */
  static Map<String, Left> find(HostAgentSetup setup) {
    Map<String, Left> kept = new TreeMap<>();
    for (Path directory : directories(setup.config().stateDir().resolve("guests"))) {
      setup
          .hypervisor()
          .left(directory)
          .ifPresent(guest -> {
            String name = directory.getFileName().toString();
            Optional<RunningFile> running =
                RunningFile.read(directory).filter(file -> file.pid() == guest.pid());
            if (running.isPresent()) {
              LOG.info("vm={} pid={} outlived an earlier run of this host", name, guest.pid());
              kept.put(name, new Left(running.get().generation(), guest));
            } else {
              LOG.warn("vm={} pid={} killed: an earlier run left it unused", name, guest.pid());
              guest.kill();
            }
          });
    }
    setup.local().retain(kept.keySet());
    return kept;
  }

  private static List<Path> directories(Path guests) {
    if (!Files.isDirectory(guests)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(guests)) {
      return all.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "%s: cannot be read (%s), expected the directories of this host's guests; correct its permissions"
              .formatted(guests, e),
          e);
    }
  }
}
