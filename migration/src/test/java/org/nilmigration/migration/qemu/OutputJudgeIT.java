package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nilmigration.migration.qemu.BridgeFixture.guest;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.OutputMode;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * Every frame on the bridge against the guest's own count of frames: the driver numbers them in its
 * transmit ring, and each pause shows how many there were. Of these, a frame that was seen before
 * the next release must be one that was sent before the pause of the last epoch released.
 */
class OutputJudgeIT {
  private static final int FILE_MIB = 6;
  private static final int EPOCHS_MIN = 100;

  private final QemuFixture fixture = new QemuFixture();
  private final StateBuffer state = new StateBuffer();
  private BridgeFixture bridge;

  @BeforeEach
  void makeBridge() throws Exception {
    bridge = new BridgeFixture();
  }

  @AfterEach
  void leaveNothingBehind() throws Exception {
    state.close();
    fixture.close();
    if (bridge != null) {
      bridge.close();
    }
  }

  @Test
  void everyFrameOnTheBridgeWasSentBeforeAPauseThatIsCommitted() throws Exception {
    MappedFile image = fixture.image("image", guest("t0", OutputMode.COMMIT, ""));
    GuestProcess vm =
        fixture.start(guest("t0", OutputMode.COMMIT, "nil.bulk=" + FILE_MIB), image, "a");
    vm.resume();
    long seen = awaitWebServer();
    Sends sends = new Sends(vm, image);
    vm.output().hold();
    BridgeFixture.pause(50);
    seen += bridge.fromGuest().size();
    long allowed = sends.count();
    CompletableFuture<Long> download = download();

    int epochs = 0;
    int commitsLost = 0;
    while (epochs < EPOCHS_MIN || !download.isDone()) {
      bridge.ping(3, 100);
      BridgeFixture.pause(20);
      vm.capture(state);
      int sent = sends.count();
      vm.resume();
      seen += bridge.fromGuest().size();
      assertThat(seen).as("epoch %d, before its release", epochs).isLessThanOrEqualTo(allowed);
      epochs++;
      if (epochs % 7 == 0) {
        commitsLost++;
      } else {
        vm.output().release();
        allowed += (sent - allowed) & 0xFFFF;
      }
    }
    assertThat(download.get(1, TimeUnit.SECONDS)).isEqualTo((long) FILE_MIB << 20);
    vm.output().open();
    seen += bridge.fromGuest(500).size();

    System.out.printf("judged %d frames in %d epochs, %d uncommitted%n", seen, epochs, commitsLost);
    assertThat(seen & 0xFFFF).isEqualTo(sends.count());
  }

  /** Frames seen until then: all of the guest's, which was silent before its network was up. */
  private long awaitWebServer() {
    Awaitility.await()
        .atMost(QemuFixture.PATIENCE)
        .until(() -> fixture.console("a").contains("bulk ready"));
    BridgeFixture.pause(200);
    return bridge.fromGuest().size();
  }

  private static CompletableFuture<Long> download() {
    CompletableFuture<Long> bytes = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("10.0.2.15", 8080), 30_000);
            socket.setSoTimeout(30_000);
            socket
                .getOutputStream()
                .write("GET /file HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            bytes.complete(bodyLength(socket.getInputStream()));
          } catch (IOException | RuntimeException e) {
            bytes.completeExceptionally(e);
          }
        });
    return bytes;
  }

  private static long bodyLength(InputStream in) throws IOException {
    byte[] all = in.readAllBytes();
    String head = new String(all, 0, Math.min(all.length, 1024), StandardCharsets.ISO_8859_1);
    return all.length - (head.indexOf("\r\n\r\n") + 4L);
  }
}
