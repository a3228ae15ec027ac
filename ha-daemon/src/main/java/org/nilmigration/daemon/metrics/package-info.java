/**
 * Figures for Prometheus. The only package that knows the metrics registry: the modules expose
 * counters in their statuses, and this package turns those into text when it is scraped.
 *
 * <p>Names are {@code nil_<module>_<noun>_<unit>}, in seconds and bytes; labels are guests and
 * hosts, both bounded by the cluster. Any thread.
 */
package org.nilmigration.daemon.metrics;
