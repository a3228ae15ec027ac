package org.nilmigration.checkpoint.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The commit/take protocol, every interleaving of it: an owner that commits three epochs, a standby
 * that takes the guest and goes on as owner of the next generation, and the next standby, which
 * takes it from that one. Each step is an access to a word of {@code LogLayout}, in the order of
 * {@link LogOwner} and {@link LogStandby}.
 *
 * <p>Memory is weaker than that of any machine meant: a host's stores reach the others in any
 * order, but a release store only after all that the host stored before it, and each word's stores
 * in their order. A fence waits until all have arrived. Loads see the host's own stores. A host
 * that dies is one that makes no more steps and whose stores never arrive: that is one of the
 * interleavings.
 *
 * <p>What must hold: whoever takes a guest over recovers every epoch whose output was or will ever
 * be released, and reads epochs whole, as their owner wrote them.
 */
final class CommitTakeModel {
  private static final int EPOCHS = 3;

  /** Words of one log: the payload of each epoch, the commit word, the taken word. */
  private static final int COMMIT = EPOCHS + 1;

  private static final int TAKEN = EPOCHS + 2;
  private static final int LOG_WORDS = EPOCHS + 3;
  private static final int WORDS = 2 * LOG_WORDS;

  /** Payload of an epoch by the second owner: another one than the first owner's. */
  private static final int SECOND = 100;

  /** A rule of the design that somebody forgot. */
  enum Broken {
    NOTHING,
    OWNER_DOES_NOT_FENCE,
    STANDBY_DOES_NOT_FENCE,
    OWNER_LOOKS_BEFORE_IT_COMMITS,
    OWNER_DOES_NOT_LOOK,
    STANDBY_READS_BEFORE_IT_TAKES,
    COMMIT_WORD_IS_NOT_LAST,
    COMMIT_AND_TAKEN_SHARE_A_LINE,
    GENERATIONS_SHARE_A_LOG
  }

  private enum Kind {
    STORE,
    RELEASE_STORE,
    FENCE,
    /** Into the host's register. */
    LOAD,
    /** Ends the host when the register says that it was taken. */
    HALT_IF_TAKEN,
    /** Lets out what the epoch sent. */
    OUTPUT,
    /** Reads the payload of the epoch in the register, goes on from it. */
    RECOVER
  }

  /**
   * One step of a host.
   *
   * @param word what it accesses; of RECOVER and OUTPUT, the first word of the log
   * @param value what is stored; of OUTPUT the epoch
   */
  private record Op(Kind kind, int word, int value) {}

  /** A store that has not arrived yet. */
  private record Pending(int word, int value, boolean release) {}

  /**
   * Everything, at one moment.
   *
   * @param released last epoch of each reign whose output was let out
   * @param recovered epoch that a taker went on from, by the reign it ended; -1 = none yet
   */
  private record State(
      List<Integer> memory,
      List<List<Pending>> pending,
      List<Integer> next,
      List<Integer> register,
      List<Integer> released,
      List<Integer> recovered) {}

  /** A run that must not be. */
  static final class Violation extends Exception {
    private static final long serialVersionUID = 1;

    Violation(String what) {
      super(what);
    }
  }

  private final Broken broken;
  private final List<List<Op>> programs;
  private final Set<State> seen = new HashSet<>();

  CommitTakeModel(Broken broken) {
    this.broken = broken;
    int second = broken == Broken.GENERATIONS_SHARE_A_LOG ? 0 : LOG_WORDS;
    List<Op> heir = new ArrayList<>(taker(0, TAKEN));
    heir.addAll(owner(second, LOG_WORDS + TAKEN, SECOND));
    this.programs = List.of(owner(0, TAKEN, 0), heir, taker(second, LOG_WORDS + TAKEN));
  }

  /** {@link LogOwner}: payload, commit, fence, look, only then the output. */
  private List<Op> owner(int log, int taken, int payload) {
    List<Op> ops = new ArrayList<>();
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
      List<Op> commit = new ArrayList<>();
      commit.add(new Op(Kind.STORE, log + epoch, payload + epoch));
      boolean last = broken != Broken.COMMIT_WORD_IS_NOT_LAST;
      commit.add(new Op(last ? Kind.RELEASE_STORE : Kind.STORE, log + COMMIT, epoch));
      if (broken != Broken.OWNER_DOES_NOT_FENCE) {
        commit.add(new Op(Kind.FENCE, 0, 0));
      }
      List<Op> look = new ArrayList<>();
      if (broken != Broken.OWNER_DOES_NOT_LOOK) {
        look.add(new Op(Kind.LOAD, taken, 0));
        look.add(new Op(Kind.HALT_IF_TAKEN, 0, 0));
      }
      boolean early = broken == Broken.OWNER_LOOKS_BEFORE_IT_COMMITS;
      ops.addAll(early ? look : commit);
      ops.addAll(early ? commit : look);
      ops.add(new Op(Kind.OUTPUT, payload, epoch));
    }
    return ops;
  }

  /** {@link LogStandby}: taken, fence, the last commit, and what it says is whole. */
  private List<Op> taker(int log, int taken) {
    List<Op> take = new ArrayList<>();
    take.add(new Op(Kind.RELEASE_STORE, taken, 1));
    if (broken != Broken.STANDBY_DOES_NOT_FENCE) {
      take.add(new Op(Kind.FENCE, 0, 0));
    }
    Op read = new Op(Kind.LOAD, log + COMMIT, 0);
    List<Op> ops = new ArrayList<>();
    if (broken == Broken.STANDBY_READS_BEFORE_IT_TAKES) {
      ops.add(read);
      ops.addAll(take);
    } else {
      ops.addAll(take);
      ops.add(read);
    }
    ops.add(new Op(Kind.RECOVER, log, taken == TAKEN ? 0 : SECOND));
    return ops;
  }

  /** Looks at every state that can be reached; returns how many there are. */
  int explore() throws Violation {
    Deque<State> todo = new ArrayDeque<>();
    State start =
        new State(
            filled(WORDS, 0),
            List.of(List.of(), List.of(), List.of()),
            filled(3, 0),
            filled(3, 0),
            filled(2, 0),
            filled(2, -1));
    seen.add(start);
    todo.push(start);
    while (!todo.isEmpty()) {
      for (State after : successors(todo.pop())) {
        if (seen.add(after)) {
          todo.push(after);
        }
      }
    }
    return seen.size();
  }

  private List<State> successors(State state) throws Violation {
    List<State> all = new ArrayList<>();
    for (int host = 0; host < programs.size(); host++) {
      arrivals(state, host, all);
      int next = state.next().get(host);
      if (next < programs.get(host).size()) {
        State after = step(state, host, programs.get(host).get(next));
        if (after != null) {
          all.add(after);
        }
      }
    }
    return all;
  }

  /** One of the host's stores reaches the others. */
  private void arrivals(State state, int host, List<State> all) {
    List<Pending> pending = state.pending().get(host);
    for (int i = 0; i < pending.size(); i++) {
      Pending store = pending.get(i);
      List<Pending> before = pending.subList(0, i);
      boolean waits =
          store.release()
              ? !before.isEmpty()
              : before.stream().anyMatch(earlier -> earlier.word() == store.word());
      if (!waits) {
        List<Pending> left = new ArrayList<>(pending);
        left.remove(i);
        all.add(
            new State(
                arrived(state.memory(), store),
                with(state.pending(), host, List.copyOf(left)),
                state.next(),
                state.register(),
                state.released(),
                state.recovered()));
      }
    }
  }

  /** Without coherence a host writes back whole lines, with what it believed the rest to be. */
  private List<Integer> arrived(List<Integer> memory, Pending store) {
    List<Integer> after = with(memory, store.word(), store.value());
    return broken == Broken.COMMIT_AND_TAKEN_SHARE_A_LINE && store.word() == COMMIT
        ? with(after, TAKEN, 0)
        : after;
  }

  /** Null when the host cannot make the step yet. */
  private State step(State s, int host, Op op) throws Violation {
    List<Integer> next = with(s.next(), host, s.next().get(host) + 1);
    List<Integer> register = s.register();
    List<List<Pending>> pending = s.pending();
    List<Integer> released = s.released();
    List<Integer> recovered = s.recovered();
    switch (op.kind()) {
      case STORE, RELEASE_STORE -> {
        List<Pending> more = new ArrayList<>(pending.get(host));
        more.add(new Pending(op.word(), op.value(), op.kind() == Kind.RELEASE_STORE));
        pending = with(pending, host, List.copyOf(more));
      }
      case FENCE -> {
        if (!pending.get(host).isEmpty()) {
          return null;
        }
      }
      case LOAD -> register = with(register, host, load(s, host, op.word()));
      case HALT_IF_TAKEN -> {
        if (register.get(host) != 0) {
          next = with(next, host, programs.get(host).size());
        }
      }
      case OUTPUT -> {
        int reign = op.word() == SECOND ? 1 : 0;
        released = with(released, reign, op.value());
        requireRecovered(released.get(reign), recovered.get(reign));
      }
      case RECOVER -> {
        int reign = op.value() == SECOND ? 1 : 0;
        int epoch = register.get(host);
        if (epoch > 0 && load(s, host, op.word() + epoch) != op.value() + epoch) {
          throw new Violation("epoch " + epoch + " is not what its owner wrote");
        }
        recovered = with(recovered, reign, epoch);
        requireRecovered(released.get(reign), epoch);
      }
    }
    return new State(s.memory(), pending, next, register, released, recovered);
  }

  private static void requireRecovered(int released, int recovered) throws Violation {
    if (recovered >= 0 && released > recovered) {
      throw new Violation(
          "output of epoch " + released + " is out, the takeover went on from " + recovered);
    }
  }

  private static int load(State state, int host, int word) {
    return state.pending().get(host).reversed().stream()
        .filter(store -> store.word() == word)
        .findFirst()
        .map(Pending::value)
        .orElseGet(() -> state.memory().get(word));
  }

  private static List<Integer> filled(int size, int value) {
    Integer[] all = new Integer[size];
    Arrays.fill(all, value);
    return List.of(all);
  }

  private static <T> List<T> with(List<T> list, int index, T value) {
    List<T> copy = new ArrayList<>(list);
    copy.set(index, value);
    return List.copyOf(copy);
  }
}
