/**
 * The ports to a hypervisor: what the rest of the project needs from a virtual machine monitor, in
 * the words of checkpointing (capture, restore, dirty pages) and without naming any product.
 *
 * <p>No thread is owned here. A {@link org.nilmigration.migration.hypervisor.GuestProcess} is
 * driven by one thread at a time (the thread of its role); only {@code pid}, {@code exit} and
 * {@code kill} may be called from anywhere. Depends on {@code config} and on {@code
 * checkpoint.dirty} for the tracker type, on nothing else.
 */
package org.nilmigration.migration.hypervisor;
