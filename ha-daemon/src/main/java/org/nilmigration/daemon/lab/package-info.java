/**
 * Real hosts on one machine, for the demo, the benchmarks and the chaos tests. A host is a PID
 * namespace whose init is a nild of its own, with a network namespace and a private directory;
 * ZooKeeper and the region lie outside, in this process and under {@code /dev/shm}. A crash is a
 * SIGKILL of the namespace's init, which takes nild, QEMU and all else of that host with it at
 * once. This process has a network namespace of its own as well, in which the hosts are bridged; no
 * interface is ever made in the machine's.
 *
 * <p>Threads: {@code lab-hosts} starts every host and lives as long as the lab, because the hosts
 * die with the thread that started them (so none outlives this process, however it ends). All else
 * runs on the caller's thread. Depends on the public faces of {@code failover} (embedded
 * ZooKeeper), {@code cxl-checkpoint} (formatting the region) and {@code config}, and on the REST
 * documents and client.
 */
package org.nilmigration.daemon.lab;
