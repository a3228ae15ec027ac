/**
 * The host's side of a guest's network: the TAP device of each NIC, its bridge and its link. QEMU
 * creates the TAP devices, so they vanish with its process, however that ends; here they are put on
 * their bridges and brought up.
 *
 * <p>No thread is owned here; a {@link org.nilmigration.migration.network.GuestLinks} is used by
 * one thread at a time. Everything happens in the network namespace of this process, which QEMU
 * shares. Depends on {@code config} and {@code checkpoint.memory}.
 */
package org.nilmigration.migration.network;
