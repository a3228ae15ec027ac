/**
 * What is done to real hosts and guests, and the outside judge of what comes of it: the guest's
 * console, its client's acknowledged writes, the frames that left it, the placement's history.
 * {@code nilctl chaos run} and the module {@code chaos-tests} play the same scenarios. Everything
 * runs on the caller's thread, except the client's {@code redis-writer}. Depends on {@code lab} and
 * the REST documents.
 */
package org.nilmigration.daemon.chaos;
