package org.nilmigration.checkpoint.region;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffIdentity;
import org.nilmigration.checkpoint.layout.GuestControlLayout;
import org.nilmigration.checkpoint.layout.Names;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * A guest's directory in the region: its immutable control block, images and logs named by
 * generation and pairing, handoff areas by generation and attempt. Two hosts never write the same
 * file (rule 4). Thread-safe.
 */
public final class GuestRegion implements AutoCloseable {
  static final String CONTROL = "control";

  private final Path directory;
  private final String name;
  private final long memoryBytes;
  private final int vcpus;
  private final Room room;
  private final CacheFlush flush;

  private GuestRegion(
      Path directory, String name, long memoryBytes, int vcpus, Room room, CacheFlush flush) {
    this.directory = directory;
    this.name = name;
    this.memoryBytes = memoryBytes;
    this.vcpus = vcpus;
    this.room = room;
    this.flush = flush;
  }

  static GuestRegion create(
      Path dir, String name, long memoryBytes, int vcpus, Room room, CacheFlush flush) {
    if (memoryBytes <= 0 || memoryBytes % 4096 != 0 || vcpus <= 0) {
      throw new IllegalArgumentException(
          "guest " + name + " of " + memoryBytes + " bytes and " + vcpus + " vCPUs");
    }
    Path path = dir.resolve(CONTROL);
    Directories.delete(path);
    room.require(path, GuestControlLayout.FILE_BYTES, Reserve.RESERVED);
    try (MappedFile file =
        MappedFile.create(path, GuestControlLayout.FILE_BYTES, Reserve.RESERVED, flush)) {
      ByteBuffer block = GuestControlLayout.ENVELOPE.blank();
      block.putLong(GuestControlLayout.MEMORY_BYTES, memoryBytes);
      block.putInt(GuestControlLayout.VCPUS, vcpus);
      Names.put(block, GuestControlLayout.NAME, name);
      GuestControlLayout.ENVELOPE.publish(block, file);
    }
    return new GuestRegion(dir, name, memoryBytes, vcpus, room, flush);
  }

  static GuestRegion open(Path dir, String name, Room room, CacheFlush flush) {
    try (MappedFile file = MappedFile.open(dir.resolve(CONTROL), GuestControlLayout.FILE_BYTES)) {
      ByteBuffer block = GuestControlLayout.ENVELOPE.verified(file);
      String found = Names.get(block, GuestControlLayout.NAME);
      if (!found.equals(name)) {
        throw new FaultException(
            FaultKind.ERROR,
            file.path()
                + ": control block of another guest: found '"
                + found
                + "', expected '"
                + name
                + "'; somebody moved the directory: move it back");
      }
      return new GuestRegion(
          dir,
          name,
          block.getLong(GuestControlLayout.MEMORY_BYTES),
          block.getInt(GuestControlLayout.VCPUS),
          room,
          flush);
    }
  }

  /** {@code g000001-p000002.img}. */
  public static String imageName(long generation, long pairing) {
    return fileName(generation, pairing, "img");
  }

  /** {@code g000001-p000002.log}. */
  public static String logName(long generation, long pairing) {
    return fileName(generation, pairing, "log");
  }

  /** {@code g000001-h000002.handoff}. */
  public static String handoffName(long generation, long attempt) {
    return String.format(Locale.ROOT, "g%06d-h%06d.handoff", generation, attempt);
  }

  public String name() {
    return name;
  }

  public long memoryBytes() {
    return memoryBytes;
  }

  public int vcpus() {
    return vcpus;
  }

  /** Makes an image of the guest's memory, sparse, zeros. */
  public MappedFile createImage(String fileName) {
    Path path = imagePath(fileName);
    room.require(path, memoryBytes, Reserve.SPARSE);
    return MappedFile.create(path, memoryBytes, Reserve.SPARSE, flush);
  }

  /** Maps an image; its size must be the guest's memory. */
  public MappedFile openImage(String fileName) {
    return MappedFile.open(imagePath(fileName), memoryBytes, flush);
  }

  public Path imagePath(String fileName) {
    RegionNames.require(
        RegionNames.isImage(fileName), "an image", fileName, "a form like " + imageName(1, 1));
    return directory.resolve(fileName);
  }

  /** Makes the log that {@link #logName} names for the identity. By the owner. */
  public EpochLog createLog(LogIdentity id, long ringBytes) {
    if (!id.guest().equals(name) || id.memoryBytes() != memoryBytes) {
      throw new IllegalArgumentException("log of " + id + " for guest " + name);
    }
    Path path = logPath(logName(id.generation(), id.pairing()));
    room.require(path, EpochLog.fileBytes(ringBytes), Reserve.RESERVED);
    return EpochLog.create(path, id, ringBytes, flush);
  }

  /**
   * Opens a log.
   *
   * @throws FaultException ERROR when what is in it is not what its name says
   */
  public EpochLog openLog(String fileName) {
    EpochLog log = EpochLog.open(logPath(fileName), flush);
    LogIdentity id = log.identity();
    boolean ours =
        id.guest().equals(name)
            && id.memoryBytes() == memoryBytes
            && logName(id.generation(), id.pairing()).equals(fileName);
    if (!ours) {
      log.close();
      throw foreign(logPath(fileName), "log", id, "pair the guest anew");
    }
    return log;
  }

  /** Whether the log's header has been published, so that it can be opened. */
  public boolean logReady(String fileName) {
    return EpochLog.ready(logPath(fileName));
  }

  /** Makes the area that {@link #handoffName} names for the identity. By the source. */
  public HandoffArea createHandoff(HandoffIdentity id) {
    if (!id.guest().equals(name) || id.memoryBytes() != memoryBytes) {
      throw new IllegalArgumentException("handoff area of " + id + " for guest " + name);
    }
    Path path = handoffPath(handoffName(id.generation(), id.attempt()));
    room.require(path, HandoffArea.fileBytes(), Reserve.RESERVED);
    return HandoffArea.create(path, id, flush);
  }

  /**
   * Opens a handoff area.
   *
   * @throws FaultException ERROR when what is in it is not what its name says
   */
  public HandoffArea openHandoff(String fileName) {
    HandoffArea area = HandoffArea.open(handoffPath(fileName), flush);
    HandoffIdentity id = area.identity();
    boolean ours =
        id.guest().equals(name)
            && id.memoryBytes() == memoryBytes
            && handoffName(id.generation(), id.attempt()).equals(fileName);
    if (!ours) {
      area.close();
      throw foreign(handoffPath(fileName), "handoff area", id, "migrate again");
    }
    return area;
  }

  /** Whether the area's header has been published, so that it can be opened. */
  public boolean handoffReady(String fileName) {
    return HandoffArea.ready(handoffPath(fileName));
  }

  private Path handoffPath(String fileName) {
    RegionNames.require(
        RegionNames.isHandoff(fileName),
        "a handoff area",
        fileName,
        "a form like " + handoffName(1, 1));
    return directory.resolve(fileName);
  }

  private FaultException foreign(Path path, String what, Record found, String remedy) {
    return new FaultException(
        FaultKind.ERROR,
        path
            + ": "
            + what
            + " of something else: found "
            + found
            + ", expected guest '"
            + name
            + "' with "
            + memoryBytes
            + " bytes of memory and the numbers of its name; "
            + remedy);
  }

  /**
   * Removes images, logs and handoff areas that are not named; those who map them keep what they
   * mapped. Owners of the logs that go are deposed first: one that stood still and wakes up later
   * must not release what it sent by a log that nobody will recover.
   */
  public void reclaim(Set<String> keepFileNames) {
    for (String file : Directories.names(directory)) {
      if (RegionNames.isOfReign(file) && !keepFileNames.contains(file)) {
        if (RegionNames.isLog(file)) {
          EpochLog.depose(directory.resolve(file), flush);
        }
        Directories.delete(directory.resolve(file));
      }
    }
  }

  /** Images, logs and handoff areas that are there, by name. */
  public List<FileInfo> files() {
    return Directories.names(directory).stream()
        .filter(RegionNames::isOfReign)
        .map(f -> new FileInfo(f, directory.resolve(f).toFile().length()))
        .toList();
  }

  /** The files are closed by those who asked for them. */
  @Override
  public void close() {
    // holds nothing open: the control block is immutable and was read once
  }

  private Path logPath(String fileName) {
    RegionNames.require(
        RegionNames.isLog(fileName), "a log", fileName, "a form like " + logName(1, 1));
    return directory.resolve(fileName);
  }

  private static String fileName(long generation, long pairing, String suffix) {
    return String.format(Locale.ROOT, "g%06d-p%06d.%s", generation, pairing, suffix);
  }
}
