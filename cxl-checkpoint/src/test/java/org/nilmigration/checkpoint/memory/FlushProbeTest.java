package org.nilmigration.checkpoint.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.RegionFlush;

class FlushProbeTest {
  @TempDir Path dir;

  @Test
  void onlyMemoryThatOutlivesTheHostIsFlushed() throws Exception {
    FlushProbe pageCache = FlushProbe.of(Files.writeString(dir.resolve("file"), "x"));
    assertThat(pageCache.outlives()).isFalse();
    assertThat(pageCache.flush(RegionFlush.AUTO)).isSameAs(CacheFlush.NONE);
    FlushProbe device = FlushProbe.of(Path.of("/dev/zero"));
    assertThat(device).isEqualTo(new FlushProbe(true, "a device"));
    assertThat(device.flush(RegionFlush.NEVER)).isSameAs(CacheFlush.NONE);
  }

  @Test
  void aMissingLibraryIsASentenceThatNamesThePackage() {
    assertThatThrownBy(() -> Libpmem.load("libpmem.so.none"))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("libpmem.so.none")
        .hasMessageContaining("Debian package libpmem1")
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(FaultKind.UNAVAILABLE);
  }

  /**
   * The real library over the page cache, where it changes nothing; a truncated file is a fault.
   */
  @Test
  void libpmemFlushesWhatIsMapped() throws Exception {
    assumeTrue(libraryIsThere(), "this machine has no libpmem.so.1 (Debian package libpmem1)");
    Path path = dir.resolve("mapped");
    CacheFlush flush =
        FlushProbe.of(Files.writeString(dir.resolve("file"), "x")).flush(RegionFlush.ALWAYS);
    try (MappedFile file = MappedFile.create(path, 1 << 20, Reserve.RESERVED, flush)) {
      file.segment().set(ValueLayout.JAVA_LONG, 8, 42);
      file.cacheFlush().flushNow(file.segment(), 8, 300_000);
      assertThat(Files.readAllBytes(path)[8]).isEqualTo((byte) 42);
      Files.write(path, new byte[100]);
      assertThatThrownBy(() -> file.cacheFlush().flushNow(file.segment(), 8, 8))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("file shrank while mapped");
    }
  }

  private static boolean libraryIsThere() {
    try {
      return Libpmem.load(Libpmem.LIBRARY) != null;
    } catch (FaultException missing) {
      return false;
    }
  }
}
