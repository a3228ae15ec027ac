package org.nilmigration.migration.gate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.config.FaultException;
import org.nilmigration.migration.hypervisor.OutputGate;

/**
 * A gate of one buffer for each epoch and back end:
 *
 * <pre>
 *  guest sends -> [ newest | ... | sealed | sealed ] -> network
 *                 added in the      removed, oldest first, once the epoch is committed
 *                 last pause
 * </pre>
 *
 * <p>A pause adds a buffer and moves no frame, so it costs the same however many frames wait.
 * Invariants:
 *
 * <ul>
 *   <li>A frame leaves only by {@link #release}, if it was sent before the pause of the last
 *       complete capture, or by {@link #open}.
 *   <li>A capture that began and did not complete releases nothing, whatever it did to the buffers;
 *       they pile up until the next one that completes.
 *   <li>A buffer whose command got no answer is asked about before it is relied on.
 *   <li>Buffers are removed oldest first, so frames leave in the order they were sent.
 * </ul>
 *
 * <p>One limit is the monitor's: a buffer lets its content go by itself after 2^32 microseconds of
 * guest time, 71 minutes. A gate that is sealed now and then never comes near it.
 */
public final class FilterBufferGate implements OutputGate {
  /** Commands for more than this would not fit into a monitor's socket. */
  private static final int REMOVED_AT_ONCE_MAX = 100;

  private final List<String> netdevs;
  private final FilterBuffers monitor;

  /** Oldest first. */
  private final List<FilterBuffer> buffers = new ArrayList<>();

  /** Of {@link #buffers}, those that may not be there. */
  private final Set<FilterBuffer> doubtful = new HashSet<>();

  private long lastNumber;

  /** Buffers with a smaller number are sealed by the last complete capture. */
  private long sealedBelow;

  private volatile State state;

  /**
   * @param netdevs ids of the back ends to hold; empty for a gate that is always open
   * @param initial {@code HELD} for a guest that runs nothing before {@link #hold}
   */
  public FilterBufferGate(List<String> netdevs, FilterBuffers monitor, State initial) {
    this.netdevs = List.copyOf(netdevs);
    this.monitor = monitor;
    this.state = netdevs.isEmpty() ? State.OPEN : initial;
  }

  /** Learns which buffers an earlier run left; before anything else is asked of the gate. */
  public void recognise() {
    if (netdevs.isEmpty()) {
      return;
    }
    buffers.addAll(monitor.left(netdevs));
    buffers.sort(Comparator.comparingLong(FilterBuffer::number));
    lastNumber = buffers.isEmpty() ? 0 : buffers.getLast().number();
    state = buffers.isEmpty() ? State.OPEN : State.HELD;
  }

  @Override
  public State state() {
    return state;
  }

  /**
   * @throws FaultException when a back end is without a buffer; the state stays as it was, buffers
   *     that were added stay, and it may be tried again
   */
  @Override
  public void hold() {
    settleDoubts();
    List<FilterBuffer> first =
        netdevs.stream()
            .filter(netdev -> buffers.stream().noneMatch(buffer -> buffer.netdev().equals(netdev)))
            .map(this::next)
            .toList();
    if (!first.isEmpty()) {
      List<FaultException> refusals = add(first);
      if (!refusals.isEmpty()) {
        throw refusals.getFirst();
      }
    }
    if (!netdevs.isEmpty()) {
      state = State.HELD;
    }
  }

  private FilterBuffer next(String netdev) {
    return new FilterBuffer(++lastNumber, netdev);
  }

  private List<FaultException> add(List<FilterBuffer> added) {
    expect(added);
    List<Optional<FaultException>> answers = monitor.add(added);
    for (int i = 0; i < added.size(); i++) {
      answered(added.get(i), answers.get(i));
    }
    return answers.stream().flatMap(Optional::stream).toList();
  }

  private void expect(List<FilterBuffer> added) {
    buffers.addAll(added);
    doubtful.addAll(added);
  }

  private void answered(FilterBuffer added, Optional<FaultException> refusal) {
    doubtful.remove(added);
    if (refusal.isPresent()) {
      buffers.remove(added);
    }
  }

  /** Begins to seal. Until {@link Seal#complete} nothing is sealed, nor is what was before. */
  public Seal seal() {
    sealedBelow = 0;
    Seal seal =
        new Seal(state == State.HELD ? netdevs.stream().map(this::next).toList() : List.of());
    expect(seal.buffers);
    return seal;
  }

  /**
   * The buffers that one pause adds, for a monitor that takes them along with the commands of a
   * capture. All that the guest sent before is sealed once the capture is complete.
   */
  public final class Seal {
    private final List<FilterBuffer> buffers;
    private FaultException refusal;

    private Seal(List<FilterBuffer> buffers) {
      this.buffers = buffers;
    }

    /** To be added, in this order, after the guest stopped and before its state is taken. */
    public List<FilterBuffer> buffers() {
      return buffers;
    }

    /** The monitor's answer for one of them. */
    public void answered(FilterBuffer added, Optional<FaultException> refused) {
      FilterBufferGate.this.answered(added, refused);
      refused.ifPresent(fault -> refusal = fault);
    }

    /**
     * The capture is complete.
     *
     * @throws FaultException when a buffer was not added: then nothing is sealed
     */
    public void complete() {
      if (refusal != null) {
        throw refusal;
      }
      if (buffers.stream().anyMatch(doubtful::contains)) {
        throw new IllegalStateException("a buffer was not answered for");
      }
      sealedBelow = buffers.isEmpty() ? 0 : buffers.getFirst().number();
    }
  }

  @Override
  public void release() {
    settleDoubts();
    remove(buffers.stream().filter(buffer -> buffer.number() < sealedBelow).toList());
    sealedBelow = 0;
  }

  @Override
  public void open() {
    settleDoubts();
    remove(List.copyOf(buffers));
    state = State.OPEN;
  }

  private void remove(List<FilterBuffer> removed) {
    for (int from = 0; from < removed.size(); from += REMOVED_AT_ONCE_MAX) {
      removeAtOnce(removed.subList(from, Math.min(from + REMOVED_AT_ONCE_MAX, removed.size())));
    }
  }

  private void removeAtOnce(List<FilterBuffer> removed) {
    doubtful.addAll(removed);
    List<Optional<FaultException>> answers = monitor.remove(removed);
    for (int i = 0; i < removed.size(); i++) {
      doubtful.remove(removed.get(i));
      if (answers.get(i).isEmpty()) {
        buffers.remove(removed.get(i));
      }
    }
    Optional<FaultException> refusal = answers.stream().flatMap(Optional::stream).findFirst();
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  private void settleDoubts() {
    if (!doubtful.isEmpty()) {
      Set<String> present = monitor.present();
      buffers.removeIf(buffer -> doubtful.contains(buffer) && !present.contains(buffer.id()));
      doubtful.clear();
    }
  }
}
