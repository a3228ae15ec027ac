package org.nilmigration.daemon.nild;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.failover.agent.HostAgent;
import org.nilmigration.heartbeat.BeatWriter;
import org.nilmigration.migration.protect.Replica;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the classes of our own jars before anything needs them. A class takes up to a millisecond
 * the first time, and a takeover, which may be the only one in a daemon's life, needs dozens. Owns
 * the thread {@code preload}, which ends by itself and rests half of its time, for guests need the
 * processors as well.
 */
final class Preload {
  private static final Logger LOG = LoggerFactory.getLogger(Preload.class);

  /** One of each module that protects guests. */
  private static final List<Class<?>> OF_MODULES =
      List.of(BeatWriter.class, Region.class, Replica.class, HostAgent.class);

  private static final String SUFFIX = ".class";

  private Preload() {}

  static void start() {
    Thread.ofPlatform().name("preload").daemon().start(Preload::run);
  }

  private static void run() {
    int loaded = 0;
    for (Class<?> one : OF_MODULES) {
      try {
        for (String name : names(one)) {
          loaded += load(name) ? 1 : 0;
        }
      } catch (IOException | URISyntaxException e) {
        LOG.warn("classes beside {} are not loaded ahead: {}", one.getName(), e.toString());
      }
    }
    LOG.debug("{} classes loaded ahead", loaded);
  }

  private static boolean load(String name) {
    long start = System.nanoTime();
    try {
      Class<?> unused = Class.forName(name, true, Preload.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      LOG.debug("class {} is not loaded ahead: {}", name, e.toString());
      return false;
    }
    LockSupport.parkNanos(System.nanoTime() - start);
    return true;
  }

  /** Names of all classes in the jar or directory that one came from. */
  static List<String> names(Class<?> one) throws IOException, URISyntaxException {
    URI place = one.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path path = Path.of(place);
    if (Files.isDirectory(path)) {
      return names(path);
    }
    try (FileSystem jar = FileSystems.newFileSystem(path)) {
      return names(jar.getPath("/"));
    }
  }

  private static List<String> names(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(file -> root.relativize(file).toString())
          .filter(file -> file.endsWith(SUFFIX) && !file.endsWith("-info" + SUFFIX))
          .map(file -> file.substring(0, file.length() - SUFFIX.length()).replace('/', '.'))
          .toList();
    }
  }
}
