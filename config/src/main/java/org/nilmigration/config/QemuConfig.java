package org.nilmigration.config;

import java.util.Objects;

/**
 * The QEMU of this host.
 *
 * @param binary a program name found on the PATH, or an absolute path
 */
public record QemuConfig(String binary, Accelerator accelerator) {
  public static final QemuConfig DEFAULT = new QemuConfig("qemu-system-x86_64", Accelerator.KVM);

  public QemuConfig {
    Rules.LINE.require("qemu.binary", binary);
    Objects.requireNonNull(accelerator, "accelerator");
  }
}
