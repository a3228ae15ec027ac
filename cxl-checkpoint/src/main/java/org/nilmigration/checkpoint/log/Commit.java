package org.nilmigration.checkpoint.log;

/** A published commit: everything before {@code position} belongs to {@code epoch} or earlier. */
record Commit(long epoch, long position) {}
