/**
 * QEMU (7.2 and newer, x86-64) behind the ports of {@code hypervisor}: command line, process, QMP,
 * the state stream, and system calls run inside QEMU by ptrace.
 *
 * <p>Threads: {@code hypervisor-native}, one platform thread per {@link
 * org.nilmigration.migration.qemu.QemuHypervisor}, starts every process, because one that is to die
 * with us dies with the thread that started it, and makes every ptrace call, because a tracer is a
 * thread. One virtual thread {@code exit-NAME} waits for each process. Everything else runs on the
 * caller's thread, which reads the sockets itself: a reader thread would add a thread switch to
 * each reply within the pause of an epoch.
 *
 * <p>May depend on {@code hypervisor}, {@code gate}, {@code network}, {@code checkpoint.dirty},
 * {@code checkpoint.memory} and {@code config}.
 */
package org.nilmigration.migration.qemu;
