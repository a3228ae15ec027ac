package org.nilmigration.daemon.lab;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.daemon.api.FaultDocument;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.OperationRequest;
import org.nilmigration.daemon.api.OrderRequest;

/**
 * The REST interface of one host of a lab. A host that does not answer is a FaultException
 * UNAVAILABLE; a refusal is the host's own sentence and kind.
 */
public final class HostApi {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(15);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String host;
  private final String base;
  private final Path tokenFile;

  HostApi(String host, String listen, Path tokenFile) {
    this.host = host;
    this.base = "http://" + listen;
    this.tokenFile = tokenFile;
  }

  /** Whether the host says that it takes part in the cluster. */
  boolean ready() {
    try {
      return send(HttpRequest.newBuilder(URI.create(base + "/readiness")).GET()).statusCode()
          == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  public List<HostDocument> hosts() {
    return List.of(get("/hosts", HostDocument[].class));
  }

  public HostDocument host(String name) {
    return get("/hosts/" + name, HostDocument.class);
  }

  /** Has everything leave a host; it goes on after this returns. */
  public OperationDocument drain(String name) {
    String path = "/hosts/" + name + "/drain";
    return parse("POST " + path, ask("POST", path, ""), OperationDocument.class);
  }

  /** {@link #drain}, also when guests run unprotected afterwards. */
  public OperationDocument drainForced(String name) {
    String path = "/hosts/" + name + "/drain";
    String forced = Json.write(new OrderRequest(null, null, null, true));
    return parse("POST " + path, ask("POST", path, forced), OperationDocument.class);
  }

  public void uncordon(String name) {
    ask("POST", "/hosts/" + name + "/uncordon", "");
  }

  public List<GuestDocument> guests() {
    return List.of(get("/vms", GuestDocument[].class));
  }

  public GuestDocument guest(String name) {
    return get("/vms/" + name, GuestDocument.class);
  }

  /** Creates or changes a guest; it starts when it is new. */
  public void apply(GuestConfig guest) {
    ask("PUT", "/vms/" + guest.name(), ConfigFiles.toYaml(guest));
  }

  /** {@link #apply}, and what is refused as unsafe is accepted. */
  public void applyForced(GuestConfig guest) {
    ask("PUT", "/vms/" + guest.name() + "?force=true", ConfigFiles.toYaml(guest));
  }

  /** No takeover until {@link #resume}. */
  public void pause() {
    ask("POST", "/pause", "");
  }

  public void resume() {
    ask("POST", "/resume", "");
  }

  public void remove(String guest) {
    ask("DELETE", "/vms/" + guest, "");
  }

  public void stop(String guest) {
    ask("POST", "/vms/" + guest + "/stop", "");
  }

  public void start(String guest) {
    ask("POST", "/vms/" + guest + "/start", "");
  }

  /** Asks for a planned move; it goes on after this returns. */
  public OperationDocument migrate(String guest, String to) {
    String request = Json.write(new OperationRequest("migrate", guest, to, null, null));
    return parse("POST /operations", ask("POST", "/operations", request), OperationDocument.class);
  }

  /** As {@link #migrate}, and its memory moves into that host afterwards. */
  public OperationDocument migrateAndRecouple(String guest, String to) {
    String request = Json.write(new OperationRequest("migrate", guest, to, true, null));
    return parse("POST /operations", ask("POST", "/operations", request), OperationDocument.class);
  }

  /**
   * Asks for a move of the guest's memory; it goes on after this returns.
   *
   * @param type decouple or recouple
   */
  public OperationDocument moveMemory(String guest, String type) {
    String request = Json.write(new OperationRequest(type, guest, null, null, null));
    return parse("POST /operations", ask("POST", "/operations", request), OperationDocument.class);
  }

  public OperationDocument operation(String id) {
    return get("/operations/" + id, OperationDocument.class);
  }

  /** What happened to a guest, newest first. */
  public List<HistoryDocument> history(String guest) {
    return List.of(get("/history?limit=1000&vm=" + guest, HistoryDocument[].class));
  }

  /** The newest record of a kind, such as TAKEOVER. */
  public Optional<HistoryDocument> latest(String guest, String kind) {
    return history(guest).stream().filter(record -> record.kind().equals(kind)).findFirst();
  }

  /** A figure of the host's metrics, such as {@code nil_heartbeat_peer_alive{peer="B"}}. */
  public OptionalDouble metric(String series) {
    return ask("GET", "/metrics", "")
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst();
  }

  private <T> T get(String path, Class<T> type) {
    return parse("GET " + path, ask("GET", path, ""), type);
  }

  private <T> T parse(String request, String body, Class<T> type) {
    try {
      T document = Json.read(body, type);
      if (document != null) {
        return document;
      }
    } catch (JsonParseException e) {
      throw unreadable(request, body, type, e);
    }
    throw unreadable(request, body, type, null);
  }

  private FaultException unreadable(
      String request, String body, Class<?> type, JsonParseException cause) {
    return new FaultException(
        FaultKind.ERROR,
        "host %s: %s answered '%s', expected a %s"
            .formatted(host, request, body, type.getSimpleName()),
        cause);
  }

  private String ask(String method, String path, String body) {
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(base + path))
              .header("Authorization", "Bearer " + Files.readString(tokenFile).strip())
              .method(
                  method,
                  body.isEmpty()
                      ? BodyPublishers.noBody()
                      : BodyPublishers.ofString(body, StandardCharsets.UTF_8));
      HttpResponse<String> response = send(request);
      if (response.statusCode() / 100 != 2) {
        throw refusal(method + " " + path, response);
      }
      return response.body();
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "host %s does not answer %s %s at %s: %s".formatted(host, method, path, base, e),
          e);
    }
  }

  private FaultException refusal(String request, HttpResponse<String> response) {
    try {
      FaultDocument fault = Json.read(response.body(), FaultDocument.class);
      if (fault != null && fault.sentence() != null) {
        return new FaultException(fault.faultKind().orElse(FaultKind.ERROR), fault.sentence());
      }
    } catch (JsonParseException notJson) {
      // The status says enough.
    }
    return new FaultException(
        FaultKind.ERROR,
        "host %s answered %s with status %d: %s"
            .formatted(host, request, response.statusCode(), response.body()));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return CLIENT.send(
          request.timeout(ANSWER_WITHIN).build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted while a host was asked", e);
    }
  }
}
