/**
 * What the hardware, the kernel and QEMU take by themselves: the floors under everything else that
 * the bench measures. Each runs on its caller's thread and removes what it made.
 */
package org.nilmigration.daemon.bench.floor;
