/**
 * What hosts and guests are configured with: immutable, validated records, the YAML files they come
 * from, and the one kind of exception that people read.
 *
 * <p>Owns no thread and no state; every type is immutable or confined to one call. Depends on
 * nothing of this project, and on snakeyaml-engine for YAML with line and column.
 */
package org.nilmigration.config;
