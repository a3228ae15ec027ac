package org.nilmigration.checkpoint.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

class RegionTest {
  private static final long MIB = 1 << 20;
  private static final long RING = EpochLog.RING_BYTES_MIN;

  @TempDir Path temp;

  private Region format() {
    return Region.format(temp.resolve("region"), new RegionSpec(64 * MIB));
  }

  @Test
  void formatThenOpenFindsTheSameRegion() {
    try (Region made = format();
        Region opened = Region.open(made.directory())) {
      assertThat(opened.uuid()).isEqualTo(made.uuid());
      assertThat(opened.capacityBytes()).isEqualTo(64 * MIB);
      assertThat(opened.usedBytes()).isEqualTo(4096);
      assertThat(opened.guests()).isEmpty();
      assertThat(opened.hosts()).isEmpty();
    }
  }

  @Test
  void formatNeverDestroys() throws IOException {
    format().close();
    assertThatThrownBy(this::format)
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNSAFE))
        .hasMessageContaining("found a region already");
    Path other = Files.createDirectory(temp.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "dear all");
    assertThatThrownBy(() -> Region.format(other, new RegionSpec(64 * MIB)))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("found 'letter.txt', expected nothing");
    assertThat(other.resolve("letter.txt")).hasContent("dear all");
  }

  @Test
  void aCapacityWithoutRoomForAnythingIsRefused() {
    assertThatThrownBy(() -> new RegionSpec(4096))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.CONFIG));
  }

  @Test
  void hostsClaimTheirSlotsAndOthersFindThem() {
    try (Region region = format();
        HostSlot mine = region.claimHost("hostA", 5)) {
      assertThat(mine.beatLine().byteSize()).isEqualTo(64);
      mine.beatLine().set(ValueLayout.JAVA_LONG, 8, 77);
      try (HostSlot seen = region.host("hostA").orElseThrow()) {
        assertThat(seen.beatLine().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(77);
        assertThat(seen.incarnationAcquire()).isEqualTo(5);
      }
      assertThat(region.hosts()).containsExactly("hostA");
      assertThat(region.host("hostB")).isEmpty();
    }
  }

  @Test
  void aHostReclaimsItsSlotButNotFromALaterIncarnation() {
    try (Region region = format()) {
      region.claimHost("a", 5).close();
      region.claimHost("a", 6).close();
      assertThatThrownBy(() -> region.claimHost("a", 5))
          .isInstanceOfSatisfying(
              FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNSAFE))
          .hasMessageContaining("found 6, expected at most 5");
    }
  }

  @Test
  void aSlotWhoseMakerDiedIsNotThereAndIsMadeAnew() throws IOException {
    try (Region region = format()) {
      Path slot = region.directory().resolve("hosts/a.slot");
      for (byte[] half : new byte[][] {new byte[0], new byte[4096]}) {
        Files.write(slot, half);
        assertThat(region.host("a")).isEmpty();
        region.claimHost("a", 1).close();
        assertThat(region.host("a")).isPresent();
        Files.delete(slot);
      }
    }
  }

  @Test
  void namesCannotLeaveTheirDirectory() {
    try (Region region = format()) {
      for (String name : new String[] {"", "../x", "a/b", ".", "-a", "a-", "a".repeat(33)}) {
        assertThatThrownBy(() -> region.host(name)).isInstanceOf(FaultException.class);
        assertThatThrownBy(() -> region.guest(name)).isInstanceOf(FaultException.class);
        assertThatThrownBy(() -> region.removeGuest(name)).isInstanceOf(FaultException.class);
      }
      try (GuestRegion guest = region.createGuest("vm1", MIB, 1)) {
        for (String file : new String[] {"control", "../../superblock", "g1-p1.img"}) {
          assertThatThrownBy(() -> guest.imagePath(file)).isInstanceOf(FaultException.class);
          assertThatThrownBy(() -> guest.openLog(file)).isInstanceOf(FaultException.class);
        }
      }
    }
  }

  @Test
  void aGuestIsCreatedOnceWithOneShape() {
    try (Region region = format()) {
      region.createGuest("vm1", MIB, 2).close();
      try (GuestRegion again = region.createGuest("vm1", MIB, 2)) {
        assertThat(again.memoryBytes()).isEqualTo(MIB);
        assertThat(again.vcpus()).isEqualTo(2);
      }
      assertThatThrownBy(() -> region.createGuest("vm1", 2 * MIB, 2))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("found 1MiB and 2 vCPUs, expected 2MiB and 2 vCPUs");
      assertThat(region.guests()).containsExactly("vm1");
      assertThat(region.guest("vm2")).isEmpty();
    }
  }

  @Test
  void imagesAreSparseAndLogsAreFoundWhenReady() {
    try (Region region = format();
        GuestRegion guest = region.createGuest("vm1", MIB, 1)) {
      String image = GuestRegion.imageName(1, 2);
      assertThat(image).isEqualTo("g000001-p000002.img");
      guest.createImage(image).close();
      try (MappedFile opened = guest.openImage(image)) {
        assertThat(opened.size()).isEqualTo(MIB);
        assertThat(opened.nextData(0)).isEqualTo(MIB);
      }
      String log = GuestRegion.logName(1, 2);
      assertThat(guest.logReady(log)).isFalse();
      guest.createLog(new LogIdentity("vm1", 1, 2, MIB, false, 0), RING).close();
      assertThat(guest.logReady(log)).isTrue();
      try (EpochLog opened = guest.openLog(log)) {
        assertThat(opened.identity()).isEqualTo(new LogIdentity("vm1", 1, 2, MIB, false, 0));
        assertThat(opened.ringBytes()).isEqualTo(RING);
      }
      assertThat(guest.files())
          .containsExactly(new FileInfo(image, MIB), new FileInfo(log, EpochLog.fileBytes(RING)));
    }
  }

  @Test
  void aLogIsNotReadyBeforeItsVersion() throws IOException {
    try (Region region = format();
        GuestRegion guest = region.createGuest("vm1", MIB, 1)) {
      String name = GuestRegion.logName(1, 1);
      Path path = guest.imagePath(GuestRegion.imageName(1, 1)).resolveSibling(name);
      Files.createFile(path);
      assertThat(guest.logReady(name)).isFalse();
      Files.write(path, new byte[(int) EpochLog.fileBytes(RING)]);
      assertThat(guest.logReady(name)).isFalse();
      assertThatThrownBy(() -> guest.openLog(name))
          .isInstanceOfSatisfying(
              FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.TRY_AGAIN));
    }
  }

  @Test
  void aLogUnderAnotherNameIsRefused() throws IOException {
    try (Region region = format();
        GuestRegion guest = region.createGuest("vm1", MIB, 1)) {
      guest.createLog(new LogIdentity("vm1", 1, 2, MIB, false, 0), RING).close();
      Path dir = guest.imagePath(GuestRegion.imageName(1, 1)).getParent();
      Files.move(dir.resolve(GuestRegion.logName(1, 2)), dir.resolve(GuestRegion.logName(2, 2)));
      assertThatThrownBy(() -> guest.openLog(GuestRegion.logName(2, 2)))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("log of something else");
    }
  }

  @Test
  void reclaimKeepsWhatIsNamedAndWhatIsMapped() {
    try (Region region = format();
        GuestRegion guest = region.createGuest("vm1", MIB, 1);
        MappedFile old = guest.createImage(GuestRegion.imageName(1, 1))) {
      guest.createImage(GuestRegion.imageName(2, 1)).close();
      guest.reclaim(Set.of(GuestRegion.imageName(2, 1)));
      assertThat(guest.files()).containsExactly(new FileInfo(GuestRegion.imageName(2, 1), MIB));
      old.segment().set(ValueLayout.JAVA_LONG, 0, 1);
      old.checkSize();
      assertThat(region.guest("vm1")).isPresent();
      region.removeGuest("vm1");
      region.removeGuest("vm1");
      assertThat(region.guests()).isEmpty();
    }
  }

  @Test
  void whoOwnsALogThatIsReclaimedReleasesNothingAnyMore() {
    try (Region region = format();
        GuestRegion guest = region.createGuest("vm1", MIB, 1);
        EpochLog kept = guest.createLog(new LogIdentity("vm1", 2, 1, MIB, false, 0), 4 * MIB);
        EpochLog stale = guest.createLog(new LogIdentity("vm1", 1, 1, MIB, false, 0), 4 * MIB)) {
      guest.reclaim(Set.of(GuestRegion.logName(2, 1)));
      assertThat(stale.owner().takenAcquire()).isTrue();
      assertThat(kept.owner().takenAcquire()).isFalse();
    }
  }

  @Test
  void aFullRegionSaysWhatIsNeededAndWhatIsFree() {
    try (Region region = format();
        GuestRegion guest = region.createGuest("vm1", 40 * MIB, 1)) {
      guest.createImage(GuestRegion.imageName(1, 1)).close();
      assertThatThrownBy(() -> guest.createImage(GuestRegion.imageName(1, 2)))
          .isInstanceOfSatisfying(
              FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNAVAILABLE))
          .hasMessageContaining("region full: needed 40MiB, found ")
          .hasMessageContaining("free of its capacity; remove guests");
      LogIdentity id = new LogIdentity("vm1", 1, 2, 40 * MIB, false, 0);
      assertThatThrownBy(() -> guest.createLog(id, 32 * MIB))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("region full");
      assertThat(guest.files()).hasSize(1);
      assertThat(region.usedBytes()).isEqualTo(40 * MIB + 2 * 4096);
    }
  }

  @Test
  void aFileSystemWithoutRoomIsFoundBeforeTheFileIsMade() {
    long huge = 1L << 39;
    try (Region region = Region.format(temp.resolve("region"), new RegionSpec(1L << 50));
        GuestRegion guest = region.createGuest("vm1", MIB, 1)) {
      LogIdentity id = new LogIdentity("vm1", 1, 2, MIB, false, 0);
      assertThatThrownBy(() -> guest.createLog(id, huge))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("region full")
          .hasMessageContaining("free in its file system");
      assertThat(guest.files()).isEmpty();
    }
  }
}
