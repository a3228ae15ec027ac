/**
 * Files mapped by FFM and bounded views of them. A {@link MappedFile} owns one descriptor and one
 * shared mapping until it is closed; who writes which byte of it is said by {@code layout}, and
 * {@link CacheFlush} is how a writer makes sure that what it wrote outlives its host. The classes
 * have no thread of their own and depend on {@code config} only.
 */
package org.nilmigration.checkpoint.memory;
