/**
 * Output commit for a guest's network: what the guest sends waits in the virtual machine monitor
 * until its epoch is committed.
 *
 * <p>No thread is owned here: a gate is driven by the thread of its guest's role; its state may be
 * read by any thread. Knows the monitor by the port {@link
 * org.nilmigration.migration.gate.FilterBuffers} only. Depends on {@code hypervisor} and {@code
 * config}.
 */
package org.nilmigration.migration.gate;
