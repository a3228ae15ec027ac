/**
 * {@code nilctl demo}: one guest, two hosts of a {@code lab}, a planned move, a crash, and a
 * verdict on what the guest itself printed and what its client was told. Everything runs on the
 * caller's thread, except the client's {@code redis-writer} and the daemon thread {@code
 * demo-progress} that redraws one line. Depends on {@code lab} and the REST documents.
 */
package org.nilmigration.daemon.demo;
