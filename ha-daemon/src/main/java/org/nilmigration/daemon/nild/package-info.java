/**
 * {@code nild}: one host's daemon, put together from the other modules.
 *
 * <p>Parts are started in the order of dependence and closed in the reverse, also when a later one
 * does not start. The main thread waits; the shutdown hook closes. Depends on everything but {@code
 * nilctl}, {@code demo} and {@code bench}.
 */
package org.nilmigration.daemon.nild;
