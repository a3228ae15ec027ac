package org.nilmigration.daemon.nilctl;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.FaultDocument;
import org.nilmigration.daemon.api.Json;

/**
 * One nild's REST interface as nilctl sees it. Every failure is a FaultException with its exit
 * code.
 */
final class ApiClient {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 30_000;

  private final URI base;
  private final String url;
  private final Path tokenFile;
  private final String token;

  /**
   * A client; nothing is sent yet.
   *
   * @param url base address without a path
   * @param tokenFile where the token came from, for sentences
   */
  ApiClient(String url, Path tokenFile, String token) {
    this.base = base(url);
    this.url = url;
    this.tokenFile = tokenFile;
    this.token = token;
  }

  private static URI base(String url) {
    try {
      URI base = new URI(url);
      boolean bare = base.getRawPath().isEmpty() || base.getRawPath().equals("/");
      if ("http".equals(base.getScheme()) && base.getHost() != null && bare) {
        return base;
      }
    } catch (URISyntaxException e) {
      throw noAddress(url, e);
    }
    throw noAddress(url, null);
  }

  private static FaultException noAddress(String url, Exception cause) {
    return new FaultException(
        FaultKind.USAGE,
        "API address: found '%s', expected http://HOST:PORT; correct --api or NIL_API"
            .formatted(url),
        cause);
  }

  <T> T get(String path, Class<T> type) {
    return document(send("GET", path, null, null), type);
  }

  void putYaml(String path, String yaml) {
    send("PUT", path, "application/yaml", yaml);
  }

  void post(String path) {
    send("POST", path, null, null);
  }

  <T> T post(String path, Object body, Class<T> type) {
    return document(send("POST", path, "application/json", Json.write(body)), type);
  }

  void delete(String path) {
    send("DELETE", path, null, null);
  }

  /** Text as it may stand in a path or a query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A path of segments that may hold any text. */
  static String path(String... segments) {
    StringBuilder path = new StringBuilder();
    for (String segment : segments) {
      path.append('/').append(encoded(segment));
    }
    return path.toString();
  }

  private String send(String method, String path, String contentType, String body) {
    var request = new HttpExchange.Request(method, path, token, contentType, body);
    try {
      HttpExchange exchange = HttpExchange.of(base, request, CONNECT_MILLIS, READ_MILLIS);
      if (exchange.status() >= 200 && exchange.status() < 300) {
        return exchange.text();
      }
      throw refused(exchange.status(), exchange.text());
    } catch (ConnectException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "no nild answers at %s (%s): start it with 'nild --config host.yaml', or name another with --config or --api"
              .formatted(url, e.getMessage()),
          e);
    } catch (SocketTimeoutException e) {
      throw new FaultException(
          FaultKind.TIMEOUT,
          "nild at %s did not answer within %d s: look at its log, and try again"
              .formatted(url, READ_MILLIS / 1_000),
          e);
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "talking to nild at %s failed (%s): see that it runs and that nothing else listens there"
              .formatted(url, e),
          e);
    }
  }

  private FaultException refused(int status, String text) {
    if (status == 401) {
      return new FaultException(
          FaultKind.CONFIG,
          "nild at %s did not accept the token in %s, expected that of the host's own api.token; name it with --token-file, or use that host's --config"
              .formatted(url, tokenFile));
    }
    try {
      FaultDocument fault = Json.read(text, FaultDocument.class);
      if (fault != null && fault.sentence() != null) {
        return new FaultException(fault.faultKind().orElse(FaultKind.ERROR), fault.sentence());
      }
    } catch (JsonParseException notOurs) {
      return notNild("HTTP " + status + " without a fault", notOurs);
    }
    return notNild("HTTP " + status + " without a fault", null);
  }

  private <T> T document(String text, Class<T> type) {
    try {
      T document = Json.read(text, type);
      if (document != null) {
        return document;
      }
    } catch (JsonParseException e) {
      throw notNild("something else", e);
    }
    throw notNild("nothing", null);
  }

  private FaultException notNild(String found, Exception cause) {
    return new FaultException(
        FaultKind.ERROR,
        "%s answered %s, expected nild's JSON: see what listens there".formatted(url, found),
        cause);
  }
}
