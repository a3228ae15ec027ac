package org.nilmigration.daemon.rest;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.nilmigration.config.ApiConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.metrics.Metrics;

/** Listens, and answers each request on a virtual thread of its own. */
public final class RestServer implements AutoCloseable {
  private static final int BACKLOG = 64;
  private static final int CLOSE_SECONDS = 1;

  private final HttpServer server;
  private final ExecutorService executor;

  private RestServer(HttpServer server, ExecutorService executor) {
    this.server = server;
    this.executor = executor;
  }

  /**
   * Starts to answer.
   *
   * @throws FaultException UNAVAILABLE when the address cannot be listened on
   */
  public static RestServer start(
      ApiConfig api, BearerToken token, Resources resources, Metrics metrics) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(api.address(), api.port()), BACKLOG);
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "REST interface: cannot listen on %s:%d (%s), expected a free port of this machine; is another nild running, or set api.listen to another address"
              .formatted(api.address(), api.port(), e.getMessage()),
          e);
    }
    ExecutorService executor =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rest-", 0).factory());
    server.setExecutor(executor);
    server.createContext("/", new HttpEdge(new Router(resources.routes()), token, metrics));
    server.start();
    return new RestServer(server, executor);
  }

  /** Base address, such as {@code http://127.0.0.1:7400}; with the port that was really taken. */
  public String url() {
    InetSocketAddress address = server.getAddress();
    String host = address.getHostString();
    return "http://%s:%d"
        .formatted(host.contains(":") ? "[" + host + "]" : host, address.getPort());
  }

  /** Stops listening; running requests get a second to end. */
  @Override
  public void close() {
    server.stop(CLOSE_SECONDS);
    executor.shutdownNow();
  }
}
