package org.nilmigration.checkpoint.region;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.nilmigration.checkpoint.layout.SuperblockLayout;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.FlushProbe;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.RegionFlush;

/**
 * The shared memory of all hosts, as a directory:
 *
 * <pre>
 *   superblock                     identity and capacity
 *   hosts/NAME.slot                one per host: heartbeat
 *   guests/NAME/control            a guest's identity
 *   guests/NAME/gG-pP.img, .log    images and logs of a generation and pairing
 * </pre>
 *
 * Nothing here is ever repaired: what does not verify is refused. Thread-safe; the objects it hands
 * out are closed by their users.
 */
public final class Region implements AutoCloseable {
  private static final String SUPERBLOCK = "superblock";
  private static final String HOSTS = "hosts";
  private static final String GUESTS = "guests";
  private static final String SLOT = ".slot";

  private final MappedFile superblock;
  private final Path directory;
  private final UUID uuid;
  private final long capacityBytes;
  private final Room room;
  private final CacheFlush flush;

  private Region(
      Path directory, MappedFile superblock, UUID uuid, long capacityBytes, CacheFlush flush) {
    this.directory = directory;
    this.superblock = superblock;
    this.uuid = uuid;
    this.capacityBytes = capacityBytes;
    this.room = new Room(directory, capacityBytes);
    this.flush = flush;
  }

  /** As the other {@code format}, with {@link RegionFlush#AUTO}. */
  public static Region format(Path dir, RegionSpec spec) {
    return format(dir, spec, RegionFlush.AUTO);
  }

  /**
   * Makes a region in a directory that is empty or does not exist yet.
   *
   * @throws FaultException UNSAFE when the directory holds anything; UNAVAILABLE when its memory
   *     has to be flushed and this host cannot
   */
  public static Region format(Path dir, RegionSpec spec, RegionFlush mode) {
    if (Files.exists(dir.resolve(SUPERBLOCK))) {
      throw new FaultException(
          FaultKind.UNSAFE,
          dir
              + ": found a region already, expected an empty directory; stop its daemons and remove"
              + " the directory yourself to format it anew, all guests in it are lost then");
    }
    Directories.make(dir);
    List<String> found = Directories.names(dir);
    if (!found.isEmpty()) {
      throw new FaultException(
          FaultKind.UNSAFE,
          dir
              + ": directory is not empty: found '"
              + found.getFirst()
              + "', expected nothing; name an empty directory or one that does not exist");
    }
    new Room(dir, spec.capacityBytes())
        .require(dir.resolve(SUPERBLOCK), SuperblockLayout.FILE_BYTES, Reserve.RESERVED);
    Path path = dir.resolve(SUPERBLOCK);
    MappedFile.create(path, SuperblockLayout.FILE_BYTES, Reserve.RESERVED).close();
    CacheFlush flush;
    try {
      flush = FlushProbe.of(path).flush(mode);
    } catch (FaultException e) {
      Directories.delete(path);
      throw e;
    }
    Directories.make(dir.resolve(HOSTS));
    Directories.make(dir.resolve(GUESTS));
    UUID uuid = UUID.randomUUID();
    MappedFile file = MappedFile.open(path, SuperblockLayout.FILE_BYTES, flush);
    ByteBuffer block = SuperblockLayout.ENVELOPE.blank();
    block.putLong(SuperblockLayout.UUID_HIGH, uuid.getMostSignificantBits());
    block.putLong(SuperblockLayout.UUID_LOW, uuid.getLeastSignificantBits());
    block.putLong(SuperblockLayout.CAPACITY_BYTES, spec.capacityBytes());
    SuperblockLayout.ENVELOPE.publish(block, file);
    return new Region(dir, file, uuid, spec.capacityBytes(), flush);
  }

  /** As the other {@code open}, for those who only read it. */
  public static Region open(Path dir) {
    return open(dir, RegionFlush.NEVER);
  }

  /**
   * Opens a region that exists, whatever host formatted it.
   *
   * @param mode for what this host writes there
   * @throws FaultException NO_SUCH when there is none; ERROR when it is foreign, truncated, of
   *     another version or corrupted; UNAVAILABLE when its memory has to be flushed and this host
   *     cannot
   */
  public static Region open(Path dir, RegionFlush mode) {
    Path path = dir.resolve(SUPERBLOCK);
    if (!Files.isDirectory(dir) || !Files.exists(path)) {
      throw new FaultException(
          FaultKind.NO_SUCH,
          dir
              + ": no region: found "
              + (Files.isDirectory(dir) ? "a directory without '" + SUPERBLOCK + "'" : "nothing")
              + ", expected a formatted region; format it: nilctl region format "
              + dir);
    }
    MappedFile file = MappedFile.open(path, SuperblockLayout.FILE_BYTES);
    try {
      ByteBuffer block = SuperblockLayout.ENVELOPE.verified(file);
      CacheFlush flush =
          mode == RegionFlush.NEVER ? CacheFlush.NONE : FlushProbe.of(path).flush(mode);
      UUID uuid =
          new UUID(
              block.getLong(SuperblockLayout.UUID_HIGH), block.getLong(SuperblockLayout.UUID_LOW));
      return new Region(dir, file, uuid, block.getLong(SuperblockLayout.CAPACITY_BYTES), flush);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  public Path directory() {
    return directory;
  }

  public UUID uuid() {
    return uuid;
  }

  public long capacityBytes() {
    return capacityBytes;
  }

  /** Whether what this host writes is flushed from its caches. */
  public boolean flushes() {
    return flush.writesBack();
  }

  /** Apparent size of all files, bytes; sparse images count whole. */
  public long usedBytes() {
    return Directories.bytes(directory);
  }

  /**
   * The slot of this host, made when it is not there. By the host itself only.
   *
   * @param incarnation of this daemon; must not be lower than that of the last one
   * @throws FaultException UNSAFE when a later incarnation of the host claimed it
   */
  public HostSlot claimHost(String host, long incarnation) {
    Path path = slot(host);
    HostSlot slot = host(host).orElse(null);
    if (slot == null) {
      Directories.delete(path);
      room.require(path, 4096, Reserve.RESERVED);
      slot = HostSlot.create(path, host, flush);
    }
    try {
      slot.claim(incarnation);
      return slot;
    } catch (RuntimeException e) {
      slot.close();
      throw e;
    }
  }

  /** The slot of a host; empty when it is not there or not ready yet. */
  public Optional<HostSlot> host(String name) {
    Path path = slot(name);
    return Optionals.ready(path, () -> HostSlot.open(path, name, flush));
  }

  /** Names of all hosts that have a slot. */
  public List<String> hosts() {
    return Directories.names(directory.resolve(HOSTS)).stream()
        .filter(f -> f.endsWith(SLOT))
        .map(f -> f.substring(0, f.length() - SLOT.length()))
        .filter(RegionNames::isHost)
        .toList();
  }

  /**
   * The guest's directory, made when it is not there. By the host that placement names as owner.
   *
   * @throws FaultException ERROR when a guest of that name and another size exists
   */
  public GuestRegion createGuest(String name, long memoryBytes, int vcpus) {
    Path dir = guestDirectory(name);
    GuestRegion existing = guest(name).orElse(null);
    if (existing == null) {
      Directories.make(dir);
      return GuestRegion.create(dir, name, memoryBytes, vcpus, room, flush);
    }
    if (existing.memoryBytes() != memoryBytes || existing.vcpus() != vcpus) {
      existing.close();
      throw new FaultException(
          FaultKind.ERROR,
          dir
              + ": guest exists with another shape: found "
              + new ByteSize(existing.memoryBytes())
              + " and "
              + existing.vcpus()
              + " vCPUs, expected "
              + new ByteSize(memoryBytes)
              + " and "
              + vcpus
              + " vCPUs; remove the guest first, or give the new one another name");
    }
    return existing;
  }

  /** A guest; empty when it is not there or not ready yet. */
  public Optional<GuestRegion> guest(String name) {
    Path dir = guestDirectory(name);
    return Optionals.ready(
        dir.resolve(GuestRegion.CONTROL), () -> GuestRegion.open(dir, name, room, flush));
  }

  /** Names of all guests that have a directory. */
  public List<String> guests() {
    return Directories.names(directory.resolve(GUESTS)).stream()
        .filter(RegionNames::isGuest)
        .toList();
  }

  /** Removes all files of a guest; those who map them keep what they mapped. Idempotent. */
  public void removeGuest(String name) {
    Path dir = guestDirectory(name);
    if (Files.isDirectory(dir)) {
      Directories.remove(dir);
    }
  }

  /** Closes the superblock; slots and guests are closed by those who asked for them. */
  @Override
  public void close() {
    superblock.close();
  }

  private Path slot(String host) {
    RegionNames.require(
        RegionNames.isHost(host), "a host", host, "1 to 32 letters, digits and inner hyphens");
    return directory.resolve(HOSTS).resolve(host + SLOT);
  }

  private Path guestDirectory(String name) {
    RegionNames.require(
        RegionNames.isGuest(name),
        "a guest",
        name,
        "1 to 32 lower-case letters, digits and inner hyphens");
    return directory.resolve(GUESTS).resolve(name);
  }
}
