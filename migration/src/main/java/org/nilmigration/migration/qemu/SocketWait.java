package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Waits on the sockets of one QEMU: the thread that needs an answer waits for all of them at once
 * and reads them itself. Used by one thread at a time.
 */
final class SocketWait implements AutoCloseable {
  private final Selector selector;

  SocketWait() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open a selector", e);
    }
  }

  /** Makes the channel non-blocking and wakes {@link #await} for {@code operations} from now on. */
  SelectionKey register(SelectableChannel channel, int operations) throws IOException {
    channel.configureBlocking(false);
    return channel.register(selector, operations);
  }

  /**
   * Waits until a registered channel is ready, or {@code nanosMax} passed (rounded up to whole
   * milliseconds). May return early.
   *
   * @throws FaultException when the thread is interrupted, which stays so
   */
  void await(long nanosMax) {
    try {
      if (nanosMax <= 0) {
        selector.selectNow();
      } else {
        selector.select((nanosMax + 999_999) / 1_000_000);
      }
      selector.selectedKeys().clear();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot wait for QEMU's sockets", e);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new FaultException(
          FaultKind.ERROR, "The thread was interrupted while it waited for QEMU to answer.");
    }
  }

  @Override
  public void close() {
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close a selector", e);
    }
  }
}
