/**
 * {@code nilctl}: the command line. Talks to a host's nild over REST; {@code region} alone works on
 * the region's files. One thread, except what a subcommand of {@code demo} or {@code bench} starts.
 * Depends on {@code api}, {@code cli}, and on {@code demo} and {@code bench} for their commands.
 */
package org.nilmigration.daemon.nilctl;
