package org.nilmigration.daemon.nilctl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.config.ApiConfig;
import org.nilmigration.daemon.metrics.Metrics;
import org.nilmigration.daemon.rest.BearerToken;
import org.nilmigration.daemon.rest.FakeCluster;
import org.nilmigration.daemon.rest.Resources;
import org.nilmigration.daemon.rest.RestServer;

/** A cluster in memory behind the real REST server on a real socket. */
record ServedCluster(FakeCluster cluster, RestServer server, Path tokenFile)
    implements AutoCloseable {
  private static final String TOKEN = "0123456789012345678901234567890123456789";

  /** Serves an empty cluster; {@code directory/token} holds the token. */
  static ServedCluster start(Path directory) throws IOException {
    FakeCluster cluster = new FakeCluster();
    Metrics metrics = new Metrics();
    RestServer server =
        RestServer.start(
            new ApiConfig("127.0.0.1", 0),
            new BearerToken(TOKEN),
            new Resources("lab", cluster, cluster::status, metrics),
            metrics);
    Path tokenFile = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    return new ServedCluster(cluster, server, tokenFile);
  }

  String url() {
    return server.url();
  }

  /** The arguments, and those that name this server. */
  List<String> line(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.addAll(List.of("--api", url(), "--token-file", tokenFile.toString()));
    return line;
  }

  NilctlRun nilctl(String... arguments) {
    return NilctlRun.of(line(arguments).toArray(String[]::new));
  }

  @Override
  public void close() {
    server.close();
  }
}
