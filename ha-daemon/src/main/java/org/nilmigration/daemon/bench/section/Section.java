package org.nilmigration.daemon.bench.section;

import java.util.function.Consumer;
import org.nilmigration.daemon.bench.report.Figure;

/** A part of the bench that can be run alone. Leaves nothing behind, also when it throws. */
public interface Section {
  /** Its word for {@code --only}, and the first of its figures' names. */
  String name();

  /** Whether owner and standby are in this process, so that its threads stand for those of nild. */
  default boolean standsForDaemon() {
    return false;
  }

  /**
   * Measures, on the caller's thread.
   *
   * @param figures told each figure as soon as it is known
   */
  void run(Setting setting, Consumer<Figure> figures) throws Exception;
}
