/** What a bench run found, and its forms: table, JSON, one HTML page. Immutable, any thread. */
package org.nilmigration.daemon.bench.report;
