/**
 * The JSON documents that nild serves and nilctl reads: one shape for both, plain records without
 * behaviour. Depends on {@code config} only.
 */
package org.nilmigration.daemon.api;
