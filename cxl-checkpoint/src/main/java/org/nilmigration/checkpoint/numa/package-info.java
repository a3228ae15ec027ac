/**
 * Memory on nodes of the kernel, for machines on which CXL memory is a node without processors:
 * what nodes there are, where the pages of a file belong, and whether that is the way to move a
 * guest's memory here. No thread of its own; depends on {@code memory} and {@code config}.
 */
package org.nilmigration.checkpoint.numa;
