package org.nilmigration.migration.hypervisor;

/**
 * Holds what a guest sends until the epoch that caused it is committed (output commit). While held,
 * {@link GuestProcess#capture} seals, within the pause, everything sent so far; {@link #release}
 * lets the sealed part leave and nothing sent after the pause. Inbound traffic is not touched.
 *
 * <p>Whatever fails, the gate fails held. Methods are called by the guest's role thread, except
 * {@link #state}.
 */
public interface OutputGate {
  /** What becomes of the next frame. */
  enum State {
    /** It leaves at once. */
    OPEN,
    /** It waits for a commit. */
    HELD
  }

  /** Any thread. */
  State state();

  /** From now on everything the guest sends waits. Harmless on a gate that is held. */
  void hold();

  /**
   * What was sealed leaves; the caller has committed its epoch and found the guest not taken. Costs
   * the guest no pause: call it after {@link GuestProcess#resume()}. Released in a pause, it leaves
   * when the guest runs.
   */
  void release();

  /** Everything leaves, now and from now on; only while no standby is entitled to take over. */
  void open();
}
