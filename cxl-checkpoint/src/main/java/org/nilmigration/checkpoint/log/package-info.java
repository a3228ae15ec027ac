/**
 * The log of epochs between one owner and one standby. The owner's epoch thread uses {@link
 * org.nilmigration.checkpoint.log.LogOwner}, the standby's apply thread {@link
 * org.nilmigration.checkpoint.log.LogStandby}; neither writes what the other writes. Knows bytes
 * and epochs, no guest process and no network. Depends on {@code layout}, {@code memory}, {@code
 * dirty} (page runs) and {@code config}.
 */
package org.nilmigration.checkpoint.log;
