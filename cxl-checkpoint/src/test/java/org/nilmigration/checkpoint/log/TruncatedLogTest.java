package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.FaultException;

/** Somebody truncates a file of the region while it is mapped: faults, and the JVM lives on. */
class TruncatedLogTest {
  @TempDir Path dir;
  private final MemorySegment live = Logs.memory(16);
  private EpochLog log;
  private LogOwner owner;
  private LogStandby standby;

  @BeforeEach
  void aLogWithAnEpoch() {
    log = Logs.create(dir, Logs.identity(16, true, 0), Logs.RING);
    owner = log.owner();
    standby = log.standby();
    Logs.epoch(owner, 1, live, Logs.runs(0, 4));
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void everyCallOnATruncatedLogIsAFault() throws IOException {
    owner.begin(2);
    truncate(log.file().path(), 100);
    ImageSink sink = Logs.sink(Logs.memory(16));
    refused(() -> owner.pages(live, Logs.runs(0, 1), Logs.FORBIDDEN));
    refused(owner::takenAcquire);
    refused(owner::appliedEpochAcquire);
    refused(() -> standby.poll(sink));
    refused(standby::publishTaken);
    refused(standby::commitEpochAcquire);
  }

  /** The file shrinks after the check: the access itself meets the bus error. */
  @Test
  void aLogThatShrinksInTheMiddleOfABatchIsAFault() {
    refused(() ->
        standby.poll((at, src, from, length) -> {
          truncate(log.file().path(), 4096);
          log.file().segment().fill((byte) 0);
        }));
  }

  /** Between two records, so that the next one is copied to where no memory is, and back. */
  @Test
  void aLogThatShrinksWhileTheOwnerAppendsIsAFault() {
    EpochLog shrinking =
        EpochLog.create(dir.resolve("g000003-p000003.log"), log.identity(), Logs.RING);
    OwnerWords truncating =
        new OwnerWords(shrinking.file()) {
          @Override
          void publishAppended(long position) {
            super.publishAppended(position);
            truncate(shrinking.file().path(), 3 * Logs.PAGE);
          }
        };
    try (shrinking) {
      LogOwner appending =
          new LogOwner(shrinking.file(), shrinking.identity(), Logs.RING, truncating);
      appending.begin(1);
      refused(() -> appending.pages(live, Logs.runs(0, 8), Logs.FORBIDDEN));
    }
  }

  @Test
  void aShadowThatShrinksIsAFaultThatNamesIt() throws IOException {
    Path path = dir.resolve("shadow");
    try (MappedFile file = MappedFile.create(path, 16 * Logs.PAGE, Reserve.SPARSE)) {
      truncate(path, 4096);
      assertThatThrownBy(() -> standby.poll(new ShadowImage(file)))
          .isInstanceOf(FaultException.class);
      assertThatThrownBy(() -> standby.poll(new ShadowImage(file)))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("the image is torn");
    }
  }

  private static void refused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("file shrank while mapped");
  }

  private static void truncate(Path path, long bytes) {
    try (RandomAccessFile f = new RandomAccessFile(path.toFile(), "rw")) {
      f.setLength(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
