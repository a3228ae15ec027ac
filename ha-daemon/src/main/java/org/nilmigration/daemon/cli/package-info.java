/**
 * What {@code nild} and {@code nilctl} have in common as command line programs: exit codes, one
 * sentence per fault on standard error, the version.
 */
package org.nilmigration.daemon.cli;
