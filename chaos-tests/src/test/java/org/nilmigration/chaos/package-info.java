/**
 * Tests of the whole: real hosts of a {@code lab}, real QEMU, real guests, real ZooKeeper, and
 * faults that kill them. Verdicts come from the guests' consoles and from what the machine holds
 * afterwards, not from what a daemon says about itself. {@code *IT} is the short set of every
 * build, {@code *Chaos} runs with {@code -Pchaos}; {@code ArchitectureTest} guards the direction of
 * dependence of all modules. May use everything.
 */
package org.nilmigration.chaos;
