package org.nilmigration.failover.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** The store against a real ZooKeeper server. */
class PlacementStoreIT {
  private static final Placement FIRST = Placement.starting("a", 10, 1, "live.img");
  private static final Placement PAIRED = FIRST.pairedWith("b", 20, "shadow.img", "epochs.log");

  private TestingServer server;
  private CuratorFramework curator;
  private PlacementStore store;

  @BeforeEach
  void open() throws Exception {
    server = new TestingServer();
    curator =
        CuratorFrameworkFactory.builder()
            .connectString(server.getConnectString())
            .sessionTimeoutMs(2_000)
            .connectionTimeoutMs(1_000)
            .retryPolicy(new RetryOneTime(50))
            .namespace("nil-migration/test")
            .build();
    curator.start();
    assertThat(curator.create().creatingParentsIfNeeded().forPath("/vms/web")).isNotNull();
    assertThat(curator.create().forPath("/history")).isNotNull();
    store = new PlacementStore(curator);
  }

  @AfterEach
  void close() throws Exception {
    curator.close();
    server.close();
  }

  @Test
  void onlyOneOfTwoCreatesWins() {
    assertThat(store.create("web", FIRST, PlacementStore.With.NOTHING)).isPresent();
    Placement rival = Placement.starting("b", 20, 1, "live.img");
    assertThat(store.create("web", rival, PlacementStore.With.NOTHING)).isEmpty();
    assertThat(store.read("web")).map(Versioned::value).contains(FIRST);
  }

  @Test
  void anUpdateOfAnOldVersionChangesNothing() {
    int version = created().version();
    assertThat(store.update("web", version, PAIRED, PlacementStore.With.NOTHING)).isPresent();
    Placement late = FIRST.ended(PlacementState.STOPPED, "late");
    String history = "{}";
    assertThat(store.update("web", version, late, PlacementStore.With.history(history))).isEmpty();
    assertThat(store.read("web")).map(Versioned::value).contains(PAIRED);
    assertThat(children("/history")).isEmpty();
  }

  @Test
  void versionsAndTransactionsGrow() {
    Versioned<Placement> before = created();
    Versioned<Placement> after =
        store
            .update("web", before.version(), PAIRED, PlacementStore.With.NOTHING)
            .orElseThrow()
            .placement();
    assertThat(after.mzxid()).isGreaterThan(before.mzxid());
    assertThat(store.read("web")).contains(after);
  }

  @Test
  void aTakeoverRemovesTheLatchNodeAndLeavesItsHistory() throws Exception {
    int version = created().version();
    String latch = curator.create().creatingParentsIfNeeded().forPath("/vms/web/latch/n1");
    var written = store.update("web", version, PAIRED, new PlacementStore.With("{}", latch));
    assertThat(written).isPresent();
    assertThat(children("/vms/web/latch")).isEmpty();
    assertThat(written.get().historyPath())
        .isEqualTo("/history/" + children("/history").getFirst());
  }

  @Test
  void aLatchNodeThatWentWithItsSessionHoldsNoTakeoverUp() {
    int version = created().version();
    var with = new PlacementStore.With("{}", "/vms/web/latch/gone");
    assertThat(store.update("web", version, PAIRED, with)).isPresent();
    assertThat(children("/history")).hasSize(1);
  }

  @Test
  void aWriteWhoseAnswerGotLostCountsAsDone() {
    int version = created().version();
    assertThat(store.update("web", version, PAIRED, PlacementStore.With.NOTHING)).isPresent();
    assertThat(store.update("web", version, PAIRED, PlacementStore.With.NOTHING))
        .map(PlacementStore.Written::placement)
        .map(Versioned::value)
        .contains(PAIRED);
  }

  @Test
  void aRehearsalTellsAndChangesNothing() throws Exception {
    Versioned<Placement> now = created();
    var with = PlacementStore.With.history("{}");
    assertThat(store.rehearse("web", now.version(), PAIRED, with)).isTrue();
    assertThat(store.rehearse("web", now.version() + 1, PAIRED, with)).isFalse();
    assertThat(store.read("web")).contains(now);
    assertThat(children("/history")).isEmpty();
  }

  @Test
  void ofManyRivalsExactlyOneTakesOver() throws Exception {
    int version = created().version();
    List<Callable<Optional<PlacementStore.Written>>> rivals =
        IntStream.range(0, 8)
            .<Callable<Optional<PlacementStore.Written>>>mapToObj(i ->
                () ->
                    store.update(
                        "web",
                        version,
                        FIRST.pairedWith("h" + i, i + 1, "s.img", "e.log"),
                        PlacementStore.With.history("{}")))
            .toList();
    int winners = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Optional<PlacementStore.Written>> outcome : threads.invokeAll(rivals)) {
        winners += outcome.get().isPresent() ? 1 : 0;
      }
    }
    assertThat(winners).isEqualTo(1);
    assertThat(children("/history")).hasSize(1);
  }

  @Test
  void withoutServerThereIsASentence() throws Exception {
    int version = created().version();
    server.stop();
    assertThatThrownBy(() -> store.update("web", version, PAIRED, PlacementStore.With.NOTHING))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("guest web")
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(FaultKind.NO_QUORUM);
  }

  private Versioned<Placement> created() {
    return store.create("web", FIRST, PlacementStore.With.NOTHING).orElseThrow().placement();
  }

  private List<String> children(String path) {
    try {
      return curator.getChildren().forPath(path);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
