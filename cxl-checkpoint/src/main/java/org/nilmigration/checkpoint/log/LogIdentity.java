package org.nilmigration.checkpoint.log;

import org.nilmigration.checkpoint.layout.Names;

/**
 * What a log is for; immutable, in its header.
 *
 * @param guest name of the guest
 * @param generation fencing token of the owner's reign
 * @param pairing counts the standbys of a guest; with the generation it names the file
 * @param memoryBytes guest memory, a multiple of 4096
 * @param synced the standby's image already equals {@code startEpoch}
 * @param startEpoch epoch before the first one of this log, 0 or more
 */
public record LogIdentity(
    String guest,
    long generation,
    long pairing,
    long memoryBytes,
    boolean synced,
    long startEpoch) {
  public LogIdentity {
    boolean named = !guest.isEmpty() && guest.length() <= Names.BYTES;
    boolean numbered = generation >= 0 && pairing >= 0 && startEpoch >= 0;
    if (!named || !numbered || memoryBytes <= 0 || memoryBytes % 4096 != 0) {
      throw new IllegalArgumentException(
          "log of guest '"
              + guest
              + "' g="
              + generation
              + " p="
              + pairing
              + " memory="
              + memoryBytes
              + " start="
              + startEpoch
              + ": expected a name of 1 to 32 characters, numbers >= 0, memory in pages");
    }
  }
}
