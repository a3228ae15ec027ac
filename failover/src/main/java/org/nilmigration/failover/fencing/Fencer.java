package org.nilmigration.failover.fencing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.FenceAgentConfig;
import org.nilmigration.config.FencingConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fences hosts: their agents one after the other, each as often as it may be tried, until one
 * confirms that the host is off. A host at a time has one thread, {@code fence-HOST}. What was
 * confirmed is kept elsewhere, by {@link Outcomes}; what failed is tried again after a pause when
 * it is asked for again. Any thread.
 */
public final class Fencer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Fencer.class);
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(2);

  private final FencingConfig config;
  private final Duration pause;
  private final Outcomes outcomes;
  private final Runnable wake;
  private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();

  /** Keeps outcomes for all hosts to see, and for ever. */
  public interface Outcomes {
    /** That run of the host is off for certain. */
    void fenced(String host, long incarnation, String agent);

    void failed(String host, String reason);
  }

  /**
   * The last attempt on a host.
   *
   * @param thread null once it has ended
   * @param outcome sentence on it, null while it is under way
   */
  private record Attempt(long incarnation, Thread thread, String outcome, long endedNanos) {}

  /**
   * A fencer that has nothing to do yet.
   *
   * @param pause after a failure, before the host is tried again
   * @param wake called after each outcome: must only enqueue
   */
  public Fencer(FencingConfig config, Duration pause, Outcomes outcomes, Runnable wake) {
    this.config = config;
    this.pause = pause;
    this.outcomes = outcomes;
    this.wake = wake;
  }

  /**
   * Looks whether an agent could do its work now; changes nothing. Blocks for its timeout at most.
   *
   * @return one sentence
   * @throws FaultException UNAVAILABLE when it could not
   */
  public static String monitor(String host, FenceAgentConfig config) {
    FenceAgent agent = new FenceAgent(host, config);
    Optional<String> failure;
    try {
      failure = agent.monitor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = Optional.of("interrupted");
    }
    if (failure.isPresent()) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "%s could not fence host %s: %s; correct fencing.%s, or look at what it switches"
              .formatted(config.agent(), host, failure.get(), host));
    }
    return "%s answers for host %s".formatted(config.agent(), host);
  }

  /** Whether anything can fence that host from here. */
  public boolean reaches(String host) {
    return !config.agents(host).isEmpty();
  }

  /** Why {@link #begin} would do nothing now, one sentence; null when it would begin. */
  public String busy(String host, long incarnation, long nowNanos) {
    Attempt last = attempts.get(host);
    if (last == null) {
      return null;
    }
    if (last.thread() != null) {
      return "host " + host + " is being fenced";
    }
    boolean counts =
        last.incarnation() == incarnation && nowNanos - last.endedNanos() < pause.toNanos();
    return counts ? last.outcome() : null;
  }

  /** Begins to fence a run of a host, unless it is busy. */
  public synchronized void begin(String host, long incarnation) {
    if (busy(host, incarnation, System.nanoTime()) != null) {
      return;
    }
    Thread thread =
        Thread.ofPlatform()
            .daemon(true)
            .name("fence-" + host)
            .unstarted(() -> fence(host, incarnation));
    attempts.put(host, new Attempt(incarnation, thread, null, 0));
    thread.start();
  }

  private void fence(String host, long incarnation) {
    String failure = "stopped by a programming error, which the log shows";
    try {
      failure = tryAll(host, incarnation);
    } catch (FaultException e) {
      failure = e.getMessage();
    } catch (InterruptedException closed) {
      failure = "this host ends";
    } finally {
      String outcome =
          failure == null
              ? "host " + host + " was switched off a moment ago"
              : "host %s could not be fenced (%s), and is tried again every %d s"
                  .formatted(host, failure, pause.toSeconds());
      attempts.put(host, new Attempt(incarnation, null, outcome, System.nanoTime()));
      wake.run();
    }
  }

  /** Null when the host is off and everybody can know it, else why not. */
  private String tryAll(String host, long incarnation) throws InterruptedException {
    List<String> failures = new ArrayList<>();
    for (FenceAgentConfig agent : config.agents(host)) {
      for (int i = 1; i <= agent.attempts(); i++) {
        LOG.warn("host={} is fenced: {}, attempt {}", host, agent.name(), i);
        Optional<String> failure = new FenceAgent(host, agent).switchOff();
        if (failure.isEmpty()) {
          LOG.warn("host={} is off, confirmed by {}", host, agent.name());
          outcomes.fenced(host, incarnation, agent.name());
          return null;
        }
        LOG.warn("host={} {} failed: {}", host, agent.name(), failure.get());
        failures.add(agent.name() + " " + failure.get());
      }
    }
    String reason = String.join("; ", failures);
    outcomes.failed(host, reason);
    return reason;
  }

  /** Interrupts what is under way: a host that was not confirmed to be off counts as on. */
  @Override
  public void close() {
    List<Thread> threads =
        attempts.values().stream().map(Attempt::thread).filter(t -> t != null).toList();
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join(CLOSE_WITHIN);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
