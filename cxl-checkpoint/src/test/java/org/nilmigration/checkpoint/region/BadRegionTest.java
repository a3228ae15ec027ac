package org.nilmigration.checkpoint.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Foreign, truncated, newer and corrupted files are refused in a sentence and left as they are. */
class BadRegionTest {
  private static final String LOG = GuestRegion.logName(1, 1);

  @TempDir Path temp;
  private Path dir;

  @BeforeEach
  void aRegionWithEverything() {
    dir = temp.resolve("region");
    try (Region region = Region.format(dir, new RegionSpec(64 << 20));
        GuestRegion guest = region.createGuest("vm1", 1 << 20, 1)) {
      region.claimHost("a", 1).close();
      guest
          .createLog(new LogIdentity("vm1", 1, 1, 1 << 20, false, 0), EpochLog.RING_BYTES_MIN)
          .close();
    }
  }

  /** Opens the structure in a file of the region the way the daemon does. */
  private void open(String file) {
    try (Region region = Region.open(dir)) {
      switch (file) {
        case "hosts/a.slot" -> region.host("a").orElseThrow().close();
        case "guests/vm1/control" -> region.guest("vm1").orElseThrow().close();
        case "superblock" -> assertThat(region.uuid()).isNotNull();
        default -> {
          try (GuestRegion guest = region.guest("vm1").orElseThrow()) {
            guest.openLog(LOG).close();
          }
        }
      }
    }
  }

  private void refused(String file, String... parts) throws IOException {
    byte[] before = Files.readAllBytes(dir.resolve(file));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining(dir.resolve(file).toString())
        .hasMessageContainingAll(parts);
    assertThat(dir.resolve(file)).hasBinaryContent(before);
  }

  private void put(String file, long at, int... bytes) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(dir.resolve(file).toFile(), "rw")) {
      f.seek(at);
      for (int b : bytes) {
        f.write(b);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "superblock",
        "hosts/a.slot",
        "guests/vm1/control",
        "guests/vm1/g000001-p000001.log"
      })
  void refusals(String file) throws IOException {
    open(file);
    byte[] good = Files.readAllBytes(dir.resolve(file));

    put(file, 0, 'E', 'L', 'F');
    refused(file, "it is foreign: found magic 'ELF-", "expected 'NIL-");
    Files.write(dir.resolve(file), good);

    put(file, 8, 2);
    refused(file, "is of a newer version: found 2, expected 1; use the release that wrote it");
    Files.write(dir.resolve(file), good);

    put(file, 12, 1);
    refused(file, "its length is wrong: found ", "expected ");
    Files.write(dir.resolve(file), good);

    for (int at = 16; at < 64; at++) {
      put(file, at, good[at] ^ 4);
      refused(file, "it is corrupted: found CRC32C ");
      Files.write(dir.resolve(file), good);
    }

    for (long size : new long[] {1, 63, 4095, good.length - 1}) {
      try (RandomAccessFile f = new RandomAccessFile(dir.resolve(file).toFile(), "rw")) {
        f.setLength(size);
      }
      refused(file, "found ", "truncated");
      Files.write(dir.resolve(file), good);
    }
    open(file);
  }

  @Test
  void aSuperblockWhoseMakerDiedIsNotReady() throws IOException {
    put("superblock", 8, 0);
    assertThatThrownBy(() -> Region.open(dir))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.TRY_AGAIN))
        .hasMessageContaining("superblock is not ready: found version 0, expected 1");
  }

  @Test
  void noRegionSaysHowToMakeOne() throws IOException {
    assertThatThrownBy(() -> Region.open(temp.resolve("none")))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.NO_SUCH))
        .hasMessageContaining("nilctl region format");
    assertThatThrownBy(() -> Region.open(Files.createDirectory(temp.resolve("empty"))))
        .hasMessageContaining("found a directory without 'superblock'");
  }

  @Test
  void aSlotUnderAnotherNameIsRefused() throws IOException {
    Files.copy(dir.resolve("hosts/a.slot"), dir.resolve("hosts/b.slot"));
    try (Region region = Region.open(dir)) {
      assertThatThrownBy(() -> region.host("b"))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("slot of another host: found 'a', expected 'b'");
      assertThatThrownBy(() -> region.claimHost("b", 1)).isInstanceOf(FaultException.class);
    }
  }
}
