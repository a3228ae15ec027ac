/**
 * The ABI of the region: for every structure its literal absolute offsets, and who writes each
 * field in which memory order. Little-endian throughout. The tables of this module's README are
 * compared with these classes by a test. Depends on {@code memory} and {@code config} only; no
 * thread of its own.
 */
package org.nilmigration.checkpoint.layout;
