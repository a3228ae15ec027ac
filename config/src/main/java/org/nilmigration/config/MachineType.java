package org.nilmigration.config;

/** The machine QEMU emulates. */
public enum MachineType {
  /** Minimal, virtio-mmio, no PCI: the smallest device state. */
  MICROVM,
  /** A PC with PCI Express. */
  Q35
}
