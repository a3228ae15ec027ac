package org.nilmigration.checkpoint.handoff;

import org.nilmigration.checkpoint.layout.Names;

/**
 * What a handoff area is for; immutable, in its header.
 *
 * @param guest name of the guest
 * @param generation fencing token of the source's reign
 * @param attempt tells the attempts of that reign apart; with the generation it names the file
 * @param memoryBytes guest memory, a multiple of 4096
 */
public record HandoffIdentity(String guest, long generation, long attempt, long memoryBytes) {
  public HandoffIdentity {
    boolean named = !guest.isEmpty() && guest.length() <= Names.BYTES;
    boolean numbered = generation >= 0 && attempt >= 0;
    if (!named || !numbered || memoryBytes <= 0 || memoryBytes % 4096 != 0) {
      throw new IllegalArgumentException(
          "handoff area of guest '"
              + guest
              + "' g="
              + generation
              + " h="
              + attempt
              + " memory="
              + memoryBytes
              + ": expected a name of 1 to 32 characters, numbers >= 0, memory in pages");
    }
  }
}
