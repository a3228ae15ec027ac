package org.nilmigration.migration.gate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Buffers as QEMU chains them, and the network behind them. */
final class FakeBuffers implements FilterBuffers {
  /** Oldest first, for each back end. */
  private final Map<String, LinkedHashMap<String, List<Integer>>> chains = new HashMap<>();

  private final Set<String> everUsed = new HashSet<>();
  final List<String> calls = new ArrayList<>();
  final Map<String, List<Integer>> left = new HashMap<>();
  Predicate<FilterBuffer> refuses = buffer -> false;

  /** Commands that are still carried out before no answer comes; null for all and an answer. */
  Integer silentAfter;

  FakeBuffers(String... netdevs) {
    for (String netdev : netdevs) {
      chains.put(netdev, new LinkedHashMap<>());
      left.put(netdev, new ArrayList<>());
    }
  }

  void send(String netdev, int frame) {
    LinkedHashMap<String, List<Integer>> chain = chains.get(netdev);
    (chain.isEmpty() ? left.get(netdev) : chain.lastEntry().getValue()).add(frame);
  }

  int count() {
    return chains.values().stream().mapToInt(Map::size).sum();
  }

  @Override
  public List<Optional<FaultException>> add(List<FilterBuffer> buffers) {
    calls.add("add " + buffers.stream().map(FilterBuffer::id).toList());
    return each(buffers, this::added);
  }

  @Override
  public List<Optional<FaultException>> remove(List<FilterBuffer> buffers) {
    calls.add("remove " + buffers.stream().map(FilterBuffer::id).toList());
    return each(buffers, this::removed);
  }

  private List<Optional<FaultException>> each(
      List<FilterBuffer> buffers, Predicate<FilterBuffer> done) {
    List<Optional<FaultException>> answers = new ArrayList<>();
    for (FilterBuffer buffer : buffers) {
      if (silentAfter != null && silentAfter-- <= 0) {
        throw new FaultException(FaultKind.TIMEOUT, "no answer");
      }
      answers.add(
          done.test(buffer)
              ? Optional.empty()
              : Optional.of(new FaultException(FaultKind.ERROR, "refused " + buffer.id())));
    }
    if (silentAfter != null) {
      throw new FaultException(FaultKind.TIMEOUT, "no answer");
    }
    return answers;
  }

  @Override
  public List<FilterBuffer> left(List<String> netdevs) {
    List<FilterBuffer> all = new ArrayList<>();
    for (String netdev : netdevs) {
      for (String id : chains.get(netdev).keySet()) {
        all.add(new FilterBuffer(FilterBuffer.numberOf(id).orElseThrow(), netdev));
      }
    }
    return all;
  }

  @Override
  public Set<String> present() {
    calls.add("list");
    return chains.values().stream()
        .flatMap(chain -> chain.keySet().stream())
        .collect(Collectors.toSet());
  }

  boolean added(FilterBuffer buffer) {
    if (refuses.test(buffer)) {
      return false;
    }
    if (!everUsed.add(buffer.id())) {
      throw new AssertionError("the name " + buffer.id() + " was used before");
    }
    chains.get(buffer.netdev()).put(buffer.id(), new ArrayList<>());
    return true;
  }

  private boolean removed(FilterBuffer buffer) {
    LinkedHashMap<String, List<Integer>> chain = chains.get(buffer.netdev());
    if (refuses.test(buffer) || !chain.containsKey(buffer.id())) {
      return false;
    }
    List<Integer> below = left.get(buffer.netdev());
    for (var older : new ArrayDeque<>(chain.entrySet())) {
      if (older.getKey().equals(buffer.id())) {
        below.addAll(older.getValue());
        chain.remove(buffer.id());
        return true;
      }
      below = older.getValue();
    }
    throw new AssertionError();
  }
}
