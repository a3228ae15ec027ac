package org.nilmigration.checkpoint.log;

import java.util.function.LongSupplier;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * How far a log is, for one who neither writes nor applies it: the next run of an owner's daemon.
 * Any thread.
 */
public final class LogProgress {
  private final MappedFile file;
  private final OwnerWords owner;
  private final StandbyWords standby;

  LogProgress(MappedFile file) {
    this.file = file;
    this.owner = new OwnerWords(file);
    this.standby = new StandbyWords(file);
  }

  /**
   * The last commit.
   *
   * @throws FaultException ERROR when its line is corrupted
   */
  public long committedAcquire() {
    Commit commit;
    try {
      commit = owner.commitAcquire();
    } catch (InternalError e) {
      throw file.fault(e);
    }
    if (commit == null) {
      throw new FaultException(
          FaultKind.ERROR,
          file.path()
              + ": commit line is corrupted, expected its CRC to hold; pair the guest anew");
    }
    return commit.epoch();
  }

  /** The last epoch that the standby's image equals. */
  public long appliedAcquire() {
    return guarded(standby::appliedEpochAcquire);
  }

  private long guarded(LongSupplier word) {
    try {
      return word.getAsLong();
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  /** The sentence for a standby that does not apply what is committed. */
  public FaultException behind() {
    return new FaultException(
        FaultKind.TRY_AGAIN,
        "%s: found epoch %d applied, expected %d, the last commit; pair the guest anew"
            .formatted(file.path(), appliedAcquire(), committedAcquire()));
  }
}
