package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.qemu.QmpClient.Command;

/** The QMP session against a scripted peer, whose answers are in the socket before it reads. */
class QmpClientIT {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path directory;

  private final SocketWait wait = new SocketWait();
  private SocketChannel peer;
  private QmpClient client;

  @BeforeEach
  void connect() throws IOException {
    Path path = directory.resolve("qmp");
    try (ServerSocketChannel server = StateSocket.bind(path)) {
      peer = SocketChannel.open(UnixDomainSocketAddress.of(path));
      client = new QmpClient("QEMU of guest 'g' (pid 7)", server.accept(), wait);
    }
  }

  @AfterEach
  void disconnect() throws IOException {
    client.close();
    peer.close();
    wait.close();
  }

  @Test
  void greetsThenLeavesTheNegotiationMode() throws Exception {
    say("{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
    CompletableFuture<String> heard = new CompletableFuture<>();
    Thread answering =
        Thread.ofPlatform()
            .start(() -> {
              try {
                heard.complete(hear());
                say("{\"return\": {}, \"id\": 1}\r\n");
              } catch (IOException e) {
                heard.completeExceptionally(e);
              }
            });
    client.handshake(10 * SECOND);

    assertThat(heard.get()).isEqualTo("{\"execute\":\"qmp_capabilities\",\"id\":1}\n");
    answering.join();
  }

  @Test
  void aReplyToNothingIsRefused() throws IOException {
    say("{\"return\": {}, \"id\": 99}\r\n");

    assertThatThrownBy(() -> client.pump())
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("\"id\": 99");
  }

  @Test
  void pipelinesCommandsInOneWriteAndMatchesRepliesById() throws IOException {
    say("{\"return\": {\"a\": 1}, \"id\": 1}\r\n{\"event\": \"STOP\"}\r\n");
    say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 2}\r\n");
    List<QmpReply> replies = client.executeAll(SECOND, new Command("one"), new Command("two"));

    assertThat(replies.get(0).value().toString()).isEqualTo("{\"a\":1}");
    assertThat(replies.get(1).failed()).isTrue();
    assertThat(hear().lines()).hasSize(2);
  }

  @Test
  void anErrorIsASentenceWithClassAndDescription() throws IOException {
    say("{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"what?\"}, \"id\": 1}\r\n");
    QmpReply reply = client.execute(new Command("fly"), SECOND);

    assertThatThrownBy(() -> reply.orThrow("QEMU of guest 'g' (pid 7)"))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("'fly'")
        .hasMessageContaining("CommandNotFound: what?");
  }

  @Test
  void putsTogetherALineThatComesInPieces() throws IOException {
    say("{\"event\": \"MIGRATION\", \"data\": {\"sta");
    client.pump();
    assertThat(client.migrationStatus()).isEmpty();
    say("tus\": \"completed\"}}\r\n{\"event\"");
    client.pump();
    assertThat(client.migrationStatus()).isEqualTo("completed");
    say(": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}\r\n");
    client.pump();
    assertThat(client.shutdown()).isPresent();
  }

  @Test
  void takesALineThatIsLongerThanItsBuffer() throws IOException {
    String pad = "x".repeat(100_000);
    say("{\"return\": {\"pad\": \"" + pad + "\"}, \"id\": 1}\r\n");

    assertThat(client.execute(new Command("query"), SECOND).value().toString()).contains(pad);
  }

  @Test
  void forgetsAnEarlierMigration() throws IOException {
    say("{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}\r\n");
    client.forgetMigration();

    assertThat(client.migrationStatus()).isEmpty();
  }

  @Test
  void aPeerThatIsSilentIsAFaultAfterTheBound() {
    assertThatThrownBy(() -> client.execute(new Command("stop"), 1_000_000))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.TIMEOUT))
        .hasMessageContaining("the reply to 'stop'");
  }

  @Test
  void aPeerThatWasSilentIsNotWaitedForAsLongAgainUntilItSaysSomething() throws IOException {
    assertThatThrownBy(() -> client.execute(new Command("stop"), 1_000_000))
        .isInstanceOf(FaultException.class);
    long asked = System.nanoTime();
    assertThatThrownBy(() -> client.execute(new Command("cont"), 60 * SECOND))
        .isInstanceOf(FaultException.class);
    assertThat(System.nanoTime() - asked).isLessThan(30 * SECOND);

    say("{\"return\": {}, \"id\": 1}\r\n");
    client.pump();
    Thread late = Thread.ofPlatform().start(() -> answerAfter(2 * SECOND, 3));
    assertThat(client.execute(new Command("cont"), 60 * SECOND).failed()).isFalse();
    assertThatCode(late::join).doesNotThrowAnyException();
  }

  private void answerAfter(long nanos, int id) {
    LockSupport.parkNanos(nanos);
    try {
      say("{\"return\": {}, \"id\": %d}\r\n".formatted(id));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPeerThatHangsUpIsToldApartFromSilence() throws IOException {
    peer.close();

    assertThatThrownBy(() -> client.execute(new Command("stop"), SECOND))
        .isInstanceOf(QmpClosedException.class);
  }

  @Test
  void whatIsNoJsonIsRefused() throws IOException {
    say("hello\n");

    assertThatThrownBy(() -> client.pump())
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("does not speak QMP: found 'hello'");
  }

  @Test
  void anInterruptEndsTheWaitAndStaysSet() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> client.execute(new Command("stop"), SECOND))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  private void say(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      peer.write(bytes);
    }
  }

  private String hear() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
    peer.read(bytes);
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }
}
