package org.nilmigration.migration.gate;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.config.FaultException;

/**
 * What a gate asks of the monitor. Each call is one write of all commands, in order. An answer is
 * empty when the command was done, else the refusal, after which the buffer is as it was; a call
 * that throws leaves open what was done.
 */
public interface FilterBuffers {
  /**
   * Adds buffers without a release of their own. Each comes before all earlier ones of its back
   * end: it takes what the guest sends from now on, and earlier ones take nothing more.
   */
  List<Optional<FaultException>> add(List<FilterBuffer> buffers);

  /**
   * Removes buffers. What one held goes to the next older one of its back end, or leaves when there
   * is none.
   */
  List<Optional<FaultException>> remove(List<FilterBuffer> buffers);

  /** The buffers of those back ends that an earlier run of the daemon has added. */
  List<FilterBuffer> left(List<String> netdevs);

  /** Ids of all objects that are there, once everything asked for before is done. */
  Set<String> present();
}
