package org.nilmigration.daemon.rest;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.metrics.Metrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From HTTP to handlers and back: authentication before anything else is looked at, bounded bodies,
 * every failure as a JSON fault.
 */
final class HttpEdge implements HttpHandler {
  static final int BODY_BYTES_MAX = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(HttpEdge.class);

  private final Router router;
  private final BearerToken token;
  private final Metrics metrics;

  HttpEdge(Router router, BearerToken token, Metrics metrics) {
    this.router = router;
    this.token = token;
    this.metrics = metrics;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    long began = System.nanoTime();
    try (exchange) {
      Response response = answer(exchange);
      send(exchange, response);
      metrics.answered(response.status(), System.nanoTime() - began);
    }
  }

  private Response answer(HttpExchange exchange) {
    try {
      return dispatch(exchange);
    } catch (FaultException fault) {
      return Response.fault(fault);
    } catch (IOException cut) {
      return Response.fault(400, FaultKind.USAGE, "the request ended early: " + cut.getMessage());
    } catch (RuntimeException bug) {
      LOG.error("request={} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), bug);
      return Response.fault(
          500, FaultKind.ERROR, "nild failed on this request (" + bug + "); see its log");
    }
  }

  private Response dispatch(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    Optional<Router.Match> match = router.find(method, path);
    boolean open = match.isPresent() && match.get().route().open();
    if (!open && !token.isIn(exchange.getRequestHeaders().getFirst("Authorization"))) {
      return Response.fault(
              401,
              FaultKind.CONFIG,
              "request without this host's token: send 'Authorization: Bearer TOKEN' with the text"
                  + " of the file api.token in the host's stateDir")
          .with("WWW-Authenticate", "Bearer");
    }
    if (match.isEmpty()) {
      return unknown(method, path);
    }
    Optional<String> body = body(exchange);
    if (body.isEmpty()) {
      return Response.fault(
          413,
          FaultKind.USAGE,
          "the request's body is larger than the %d bytes that are allowed"
              .formatted(BODY_BYTES_MAX));
    }
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    Request request = new Request(match.get().parameters(), query, body.get());
    return match.get().route().handler().handle(request);
  }

  private Response unknown(String method, String path) {
    var methods = router.methods(path);
    if (methods.isEmpty()) {
      return Response.fault(
          404, FaultKind.NO_SUCH, "there is no resource " + path + "; see /openapi.yaml");
    }
    String allowed = String.join(", ", methods);
    return Response.fault(
            405, FaultKind.USAGE, "%s does not know %s, only %s".formatted(path, method, allowed))
        .with("Allow", allowed);
  }

  /** The body's text; empty when it is too large. */
  private static Optional<String> body(HttpExchange exchange) throws IOException {
    byte[] bytes = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
    if (bytes.length > BODY_BYTES_MAX) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException notText) {
      throw new FaultException(FaultKind.USAGE, "the request's body is not UTF-8 text", notText);
    }
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> values = new LinkedHashMap<>();
    if (raw == null) {
      return values;
    }
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      values.put(decode(name), decode(value));
    }
    return values;
  }

  private static String decode(String encoded) {
    try {
      return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new FaultException(
          FaultKind.USAGE, "the query has a broken %-escape in '" + encoded + "'", e);
    }
  }

  private static void send(HttpExchange exchange, Response response) throws IOException {
    byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", response.contentType());
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    response.headers().forEach(headers::set);
    exchange.sendResponseHeaders(response.status(), body.length == 0 ? -1 : body.length);
    if (!exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseBody().write(body);
    }
  }
}
