package org.nilmigration.config;

/** What runs the guest's instructions. */
public enum Accelerator {
  /** The kernel's virtual machine monitor, {@code /dev/kvm}. */
  KVM,
  /** QEMU's software emulation. */
  TCG
}
