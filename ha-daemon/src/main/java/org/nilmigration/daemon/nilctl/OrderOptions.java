package org.nilmigration.daemon.nilctl;

import org.nilmigration.daemon.api.OrderRequest;
import picocli.CommandLine.Option;

/** {@code --reason}: what is kept of an order besides who gave it and when. */
final class OrderOptions {
  @Option(names = "--reason", paramLabel = "TEXT", description = "why; shown with the order")
  private String reason;

  OrderRequest order() {
    return drain(null, null);
  }

  OrderRequest force(boolean force) {
    return drain(null, force);
  }

  OrderRequest drain(Integer parallel, Boolean force) {
    return new OrderRequest(System.getProperty("user.name"), reason, parallel, force);
  }
}
