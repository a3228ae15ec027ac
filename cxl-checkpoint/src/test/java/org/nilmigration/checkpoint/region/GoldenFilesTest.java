package org.nilmigration.checkpoint.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.log.BackPressure;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.log.LogOwner;
import org.nilmigration.checkpoint.log.LogStandby;

/**
 * A region written by version 1 of the ABI, kept as files, opened by today's code. When the ABI
 * changes, the version grows, a new directory is added with {@link #main} and this one stays as it
 * is: never write it anew.
 */
class GoldenFilesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/v1");
  private static final String LOG = GuestRegion.logName(3, 2);
  private static final long MEMORY = 4 * PageRuns.PAGE_BYTES;

  @TempDir Path temp;

  @Test
  void version1IsStillRead() throws IOException {
    for (String file :
        new String[] {
          "superblock", "hosts/host-a.slot", "guests/vm1/control", "guests/vm1/" + LOG
        }) {
      Path copy = temp.resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(GOLDEN.resolve(file), copy);
    }
    try (Region region = Region.open(temp);
        HostSlot slot = region.host("host-a").orElseThrow();
        GuestRegion guest = region.guest("vm1").orElseThrow();
        EpochLog log = guest.openLog(LOG)) {
      assertThat(region.uuid()).isEqualTo(uuidInFile());
      assertThat(region.capacityBytes()).isEqualTo(1 << 20);
      assertThat(slot.incarnationAcquire()).isEqualTo(41);
      assertThat(guest.memoryBytes()).isEqualTo(MEMORY);
      assertThat(guest.vcpus()).isEqualTo(2);
      assertThat(log.identity()).isEqualTo(new LogIdentity("vm1", 3, 2, MEMORY, true, 10));
      LogStandby standby = log.standby();
      MemorySegment image = Arena.ofAuto().allocate(MEMORY, 4096);
      standby.publishTaken();
      long epoch =
          standby.recover((at, src, from, n) -> MemorySegment.copy(src, from, image, at, n));
      assertThat(epoch).isEqualTo(12);
      assertThat(image.toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(guestMemory(12).toArray(ValueLayout.JAVA_BYTE));
      assertThat(new String(standby.state().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8))
          .isEqualTo("state of epoch 12");
    }
  }

  private static UUID uuidInFile() throws IOException {
    MemorySegment block = MemorySegment.ofArray(Files.readAllBytes(GOLDEN.resolve("superblock")));
    return new UUID(
        block.get(ValueLayout.JAVA_LONG_UNALIGNED, 24),
        block.get(ValueLayout.JAVA_LONG_UNALIGNED, 32));
  }

  private static MemorySegment guestMemory(long epoch) {
    MemorySegment memory = Arena.ofAuto().allocate(MEMORY, 4096);
    for (long at = 0; at < MEMORY; at += 1024) {
      memory.set(ValueLayout.JAVA_LONG, at, epoch * MEMORY + at);
    }
    return memory;
  }

  /** Writes the golden files of the current version into the directory that is named. */
  public static void main(String[] args) {
    BackPressure never =
        () -> {
          throw new IllegalStateException("the ring is full");
        };
    try (Region region = Region.format(Path.of(args[0]), new RegionSpec(1 << 20));
        HostSlot slot = region.claimHost("host-a", 41);
        GuestRegion guest = region.createGuest("vm1", MEMORY, 2);
        EpochLog log =
            guest.createLog(
                new LogIdentity("vm1", 3, 2, MEMORY, true, 10), EpochLog.RING_BYTES_MIN)) {
      LogOwner owner = log.owner();
      for (long epoch = 11; epoch <= 12; epoch++) {
        PageRuns runs = new PageRuns();
        runs.add(0, MEMORY / 4);
        runs.add(MEMORY / 2, MEMORY / 4);
        owner.begin(epoch);
        owner.pages(guestMemory(epoch), runs, never);
        runs.clear();
        runs.add(MEMORY / 4, MEMORY / 4);
        runs.add(MEMORY * 3 / 4, MEMORY / 4);
        owner.pages(guestMemory(epoch), runs, never);
        byte[] state = ("state of epoch " + epoch).getBytes(StandardCharsets.UTF_8);
        MemorySegment copy = Arena.ofAuto().allocate(state.length);
        copy.copyFrom(MemorySegment.ofArray(state));
        owner.state(copy, state.length, never);
        owner.commit();
      }
    }
  }
}
