/**
 * The REST interface of nild on the JDK's own HTTP server, one virtual thread per request.
 *
 * <p>Handlers are functions from {@link org.nilmigration.daemon.rest.Request} to {@link
 * org.nilmigration.daemon.rest.Response}; only {@link org.nilmigration.daemon.rest.RestServer}
 * knows sockets. They see the cluster through {@link org.nilmigration.daemon.rest.ClusterPort}.
 * Depends on {@code api}, {@code metrics} and the facade of {@code failover}.
 */
package org.nilmigration.daemon.rest;
