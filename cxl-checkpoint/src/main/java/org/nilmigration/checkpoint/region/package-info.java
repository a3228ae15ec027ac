/**
 * The region: a directory of mappable files that several hosts share. Formatting, opening and
 * verifying it, slots of hosts, files of guests, room. Called by control threads, never by the
 * threads that write epochs. Depends on {@code layout}, {@code log}, {@code memory} and {@code
 * config}.
 */
package org.nilmigration.checkpoint.region;
