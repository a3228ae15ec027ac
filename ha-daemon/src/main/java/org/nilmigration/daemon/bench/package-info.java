/**
 * {@code nilctl bench}: how close checkpoints, moves and takeovers come to what the hardware and
 * QEMU allow, and how they compare with other ways to the same end. Floors, peers and subjects are
 * measured in one run by the same harness. May use every other module; runs on the command's own
 * thread.
 */
package org.nilmigration.daemon.bench;
