package org.nilmigration.migration.hypervisor;

/**
 * Where a guest's network driver announces a frame it wants sent: a virtio split ring's driver area
 * (virtio 1.2, 2.7.6).
 *
 * @param indexOffset byte offset, in the guest's memory image, of the little-endian 16-bit {@code
 *     avail.idx}, which the driver increments once for every frame; inside the image, even
 */
public record TransmitRing(long indexOffset) {}
