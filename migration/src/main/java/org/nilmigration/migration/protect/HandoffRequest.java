package org.nilmigration.migration.protect;

import java.util.concurrent.CompletableFuture;

/** That the epoch thread is to hand the guest over, and what came of it. */
record HandoffRequest(Departure departure, CompletableFuture<HandoffResult> result) {}
