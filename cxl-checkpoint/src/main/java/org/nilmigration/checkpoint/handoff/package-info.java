/**
 * The handoff area: one file of the region per attempt of a planned move, through which vCPU and
 * device state of a paused guest pass from the source's process to the target's, over the same
 * memory image. Source words and payload are written by the source's thread, the target word by the
 * target's; everybody may read them. Depends on {@code layout}, {@code memory} and {@code dirty}.
 */
package org.nilmigration.checkpoint.handoff;
