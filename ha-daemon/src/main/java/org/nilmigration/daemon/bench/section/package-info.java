/**
 * What the bench measures, one class for each part; the subjects are the production code, and every
 * reference is measured in the same run.
 */
package org.nilmigration.daemon.bench.section;
