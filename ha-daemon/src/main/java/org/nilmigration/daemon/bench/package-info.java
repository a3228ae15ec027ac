/**
 * {@code nilctl bench}: how close checkpoints, handoffs and takeovers come to what QEMU itself
 * takes. Every ratio's floor is measured in the same run, by the same client, on the same guest.
 * May use every other module; runs on the command's own thread.
 */
package org.nilmigration.daemon.bench;
