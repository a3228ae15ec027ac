package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;

class DifferingRunsTest {
  private static final int PAGES = 512;
  private static final long PAGE = PageRuns.PAGE_BYTES;

  @TempDir private Path directory;
  private final List<MappedFile> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(MappedFile::close);
  }

  private MappedFile image(String name) {
    MappedFile file = MappedFile.create(directory.resolve(name), PAGES * PAGE, Reserve.SPARSE);
    open.add(file);
    return file;
  }

  private static void write(MappedFile image, long offset, int value) {
    image.segment().set(JAVA_BYTE, offset, (byte) value);
  }

  private static List<Long> pages(PageRuns runs) {
    List<Long> pages = new ArrayList<>();
    for (int i = 0; i < runs.count(); i++) {
      for (long at = 0; at < runs.length(i); at += PAGE) {
        pages.add((runs.start(i) + at) / PAGE);
      }
    }
    return pages;
  }

  @Test
  void emptyImagesDoNotDifferAndStayEmpty() {
    MappedFile live = image("live");
    MappedFile shadow = image("shadow");
    PageRuns runs = new PageRuns();
    DifferingRuns.of(live, shadow, runs);
    assertThat(runs.count()).isZero();
    assertThat(live.nextData(0)).isEqualTo(live.size());
    assertThat(shadow.nextData(0)).isEqualTo(shadow.size());
  }

  @Test
  void eachPageThatDiffersIsReportedWhereverItsBytesDiffer() {
    MappedFile live = image("live");
    MappedFile shadow = image("shadow");
    for (int page = 0; page < 10; page++) {
      write(live, page * PAGE, 1);
      write(shadow, page * PAGE, 1);
    }
    write(live, 3 * PAGE, 2);
    write(live, 5 * PAGE - 1, 2);
    write(shadow, 9 * PAGE + 17, 2);
    PageRuns runs = new PageRuns();
    DifferingRuns.of(live, shadow, runs);
    assertThat(pages(runs)).containsExactly(3L, 4L, 9L);
  }

  @Test
  void randomImages() {
    Random random = new Random(7);
    MappedFile live = image("live");
    MappedFile shadow = image("shadow");
    for (int i = 0; i < PAGES; i++) {
      int value = 1 + random.nextInt(3);
      if (random.nextInt(3) > 0) {
        write(live, i * PAGE + random.nextInt(2) * (PAGE - 1), value);
      }
      if (random.nextInt(3) > 0) {
        write(shadow, i * PAGE + random.nextInt(2) * (PAGE - 1), value);
      }
    }
    TreeSet<Long> expected = new TreeSet<>();
    for (long i = 0; i < PAGES; i++) {
      if (live.segment().asSlice(i * PAGE, PAGE).mismatch(shadow.segment().asSlice(i * PAGE, PAGE))
          >= 0) {
        expected.add(i);
      }
    }
    PageRuns runs = new PageRuns();
    DifferingRuns.of(live, shadow, runs);
    assertThat(pages(runs)).containsAll(expected);
  }
}
