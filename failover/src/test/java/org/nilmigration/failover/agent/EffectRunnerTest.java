package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class EffectRunnerTest {
  private final Semaphore ended = new Semaphore(0);
  private final EffectRunner runner = new EffectRunner("g", ended::release);

  @Test
  void oneEffectAfterTheOtherOnOneThread() throws InterruptedException {
    CompletableFuture<Thread> first = new CompletableFuture<>();
    CompletableFuture<Thread> second = new CompletableFuture<>();
    assertThat(runner.start(false, () -> first.complete(Thread.currentThread()))).isTrue();
    ended.acquire();
    assertThat(runner.busy()).isFalse();
    assertThat(runner.start(true, () -> second.complete(Thread.currentThread()))).isTrue();
    ended.acquire();
    assertThat(second.join()).isSameAs(first.join());
    assertThat(first.join().getName()).isEqualTo("effect-g");
  }

  @Test
  void whatPreemptsInterruptsAndComesNextUninterrupted() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<String> before = new CompletableFuture<>();
    CompletableFuture<Boolean> next = new CompletableFuture<>();
    CompletableFuture<Boolean> looked = new CompletableFuture<>();
    runner.start(
        false,
        () -> {
          running.countDown();
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            before.complete("interrupted");
          }
        });
    running.await();
    assertThat(runner.accepts(false)).isFalse();
    assertThat(runner.start(false, () -> {})).isFalse();
    assertThat(
            runner.start(
                true,
                () -> {
                  next.complete(before.isDone() && !Thread.currentThread().isInterrupted());
                  looked.join();
                }))
        .isTrue();
    assertThat(runner.accepts(true)).isFalse();
    looked.complete(true);
    assertThat(next.join()).isTrue();
    ended.acquire(2);
    assertThat(runner.busy()).isFalse();
  }

  @Test
  void anEffectThatThrowsDoesNotStopTheNext() throws InterruptedException {
    runner.start(
        false,
        () -> {
          throw new IllegalStateException("as the test wants it");
        });
    ended.acquire();
    CompletableFuture<String> next = new CompletableFuture<>();
    runner.start(false, () -> next.complete("done"));
    assertThat(next.join()).isEqualTo("done");
  }
}
