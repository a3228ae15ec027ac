package org.nilmigration.chaos;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * All processors of the machine are busy, and its memory's bandwidth is, too, at normal priority.
 */
final class BusyMachine implements AutoCloseable {
  private static final long END_SECONDS = 20;

  private final Process stress;

  private BusyMachine(Process stress) {
    this.stress = stress;
  }

  static BusyMachine begin() throws IOException {
    List<String> command =
        List.of(
            "setpriv --pdeathsig TERM -- stress-ng --quiet --oom-avoid --cpu 0 --vm 2 --vm-bytes 64M"
                .split(" "));
    return new BusyMachine(new ProcessBuilder(command).inheritIO().start());
  }

  boolean isBusy() {
    return stress.isAlive() && stress.descendants().findAny().isPresent();
  }

  @Override
  public void close() {
    List<ProcessHandle> workers = stress.descendants().toList();
    stress.destroy();
    try {
      if (!stress.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        stress.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stress.destroyForcibly();
    }
    workers.forEach(ProcessHandle::destroyForcibly);
  }
}
