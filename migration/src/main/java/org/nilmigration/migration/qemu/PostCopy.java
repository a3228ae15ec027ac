package org.nilmigration.migration.qemu;

import java.time.Duration;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.Monitor.GuestMemory;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * Another peer that handoffs are measured against: QEMU's post-copy over a Unix socket. The guest
 * runs at the target almost at once, and each page that it touches and that has not come yet is
 * fetched from the source (userfaultfd), while the rest follows. A short blackout, paid for with a
 * guest that stalls at its own pages until all have come, and that nobody can save if either QEMU
 * dies before.
 */
public final class PostCopy {
  private PostCopy() {}

  /**
   * Migrates a running guest to a waiting process over an image of its own.
   *
   * @return nanoseconds from the request until all of the memory had come
   * @throws FaultException when it did not end within {@code within}; the guest is lost then, since
   *     each process has a part of it
   */
  public static long run(GuestProcess source, GuestProcess target, Duration within) {
    try (MemoryMigration migration =
        new MemoryMigration(source, target, GuestMemory.POST_COPY, PreCopy.UNLIMITED)) {
      long start = System.nanoTime();
      migration.start();
      migration.source().execute(new Command("migrate-start-postcopy"));
      if (!migration.endedBy(start + within.toNanos())) {
        throw new FaultException(
            FaultKind.TIMEOUT,
            "a post-copy migration did not end within %s; is the machine overloaded?"
                .formatted(within));
      }
      migration.complete();
      return System.nanoTime() - start;
    }
  }
}
