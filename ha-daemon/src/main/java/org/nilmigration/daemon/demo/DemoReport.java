package org.nilmigration.daemon.demo;

import com.google.gson.annotations.SerializedName;
import java.util.List;

/**
 * What the demo found; its JSON names are the documented keys of {@code nilctl demo -o json}. Times
 * are milliseconds; a figure is null when the demo did not get that far.
 *
 * @param ok whether everything held
 * @param faults one sentence for each thing that did not
 * @param machine machine type of the guest
 * @param accelerator what ran its instructions
 * @param client null when the guest has no network interface
 * @param timeline what happened when
 */
record DemoReport(
    boolean ok,
    List<String> faults,
    String machine,
    String accelerator,
    Handoff handoff,
    Takeover takeover,
    Epochs epoch,
    Guest guest,
    Client client,
    Rejoin rejoin,
    List<Event> timeline) {

  /**
   * The planned move.
   *
   * @param blackoutMillis the source stopped the guest until the target ran it
   * @param totalMillis request to answer
   */
  record Handoff(
      @SerializedName("blackout_ms") Double blackoutMillis,
      @SerializedName("total_ms") Double totalMillis) {}

  /**
   * The crash.
   *
   * @param detectionMillis SIGKILL sent until the standby suspected the host
   * @param resumeMillis suspicion until the guest ran
   * @param lastCommitAgeMillisMax age, at most, of the epoch it went on from when the SIGKILL was
   *     sent, as observed from outside
   * @param repeatedTicks ticks that the guest printed again because they came after that epoch
   */
  record Takeover(
      @SerializedName("detection_ms") Double detectionMillis,
      @SerializedName("resume_ms") Double resumeMillis,
      @SerializedName("last_commit_age_ms_max") Double lastCommitAgeMillisMax,
      @SerializedName("repeated_ticks") Long repeatedTicks) {}

  /**
   * Epochs.
   *
   * @param count last epoch committed before the end
   * @param pauseMillis how long an epoch stopped the guest, on the host that was killed
   */
  record Epochs(
      @SerializedName("count") Long count, @SerializedName("pause_ms") Pause pauseMillis) {}

  /** Percentiles over {@code samples} pauses. */
  record Pause(Double p50, Double p99, Long samples) {}

  /** What the guest's consoles say. */
  record Guest(
      @SerializedName("same_boot") Boolean sameBoot,
      @SerializedName("counter_monotonic") Boolean counterMonotonic,
      @SerializedName("memory_errors") Integer memoryErrors,
      @SerializedName("memory_tests_passed") Integer memoryTestsPassed,
      @SerializedName("ticks") Long ticks) {}

  /**
   * What the client of the guest's Redis saw.
   *
   * @param acknowledged writes
   * @param lost of these, expected 0
   * @param appliedTwice writes that took effect more than once, expected 0
   * @param sameConnection whether its only TCP connection lasted
   * @param silenceInMoveMillis longest time without an answer around the planned move
   * @param silenceInCrashMillis the same around the crash
   */
  record Client(
      Long acknowledged,
      Long lost,
      @SerializedName("applied_twice") Long appliedTwice,
      @SerializedName("same_connection") Boolean sameConnection,
      @SerializedName("silence_in_move_ms") Double silenceInMoveMillis,
      @SerializedName("silence_in_crash_ms") Double silenceInCrashMillis) {}

  /** The killed host's return: its start until it was the synced standby. */
  record Rejoin(@SerializedName("synced_ms") Double syncedMillis) {}

  /** One line of the timeline. */
  record Event(@SerializedName("at_ms") double atMillis, String event) {}
}
