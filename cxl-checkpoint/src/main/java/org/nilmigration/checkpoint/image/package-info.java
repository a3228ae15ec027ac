/**
 * The shadow image: guest memory that equals the last applied epoch. Written by the standby's apply
 * thread only. Depends on {@code log} (what is applied) and {@code memory}.
 */
package org.nilmigration.checkpoint.image;
