/**
 * What this machine can do at best, measured in the same run as what is compared with it. Knows the
 * C library and files of memory; no guest and no daemon.
 */
package org.nilmigration.daemon.bench.floor;
