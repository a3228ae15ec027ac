package org.nilmigration.chaos;

import java.util.List;
import org.nilmigration.daemon.lab.LabHost;

/** The QEMU processes of a host. */
final class Qemus {
  private Qemus() {}

  static List<ProcessHandle> of(LabHost host) {
    return host.processes().stream()
        .filter(process -> process.info().command().orElse("").contains("qemu-system"))
        .toList();
  }
}
