package org.nilmigration.daemon.chaos;

import java.util.List;
import java.util.Optional;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.LabHost;

/** The QEMU processes of a host. */
public final class Qemus {
  private Qemus() {}

  public static List<ProcessHandle> of(LabHost host) {
    return host.processes().stream()
        .filter(process -> process.info().command().orElse("").contains("qemu-system"))
        .toList();
  }

  /** Waits until a host has killed one of them. */
  public static void awaitKilled(LabHost host, long pid) {
    Await.until(
        "QEMU %d of host %s is killed".formatted(pid, host.name()),
        GuestStory.SOON,
        () ->
            of(host).stream().anyMatch(qemu -> qemu.pid() == pid)
                ? Optional.empty()
                : Optional.of(true));
  }
}
