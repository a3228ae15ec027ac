package org.nilmigration.daemon.rest;

import java.util.Map;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.FaultDocument;
import org.nilmigration.daemon.api.Json;

/**
 * What a handler answers.
 *
 * @param status HTTP status
 * @param contentType of the body
 * @param headers further headers
 * @param body text of the body
 */
record Response(int status, String contentType, Map<String, String> headers, String body) {
  private static final String JSON = "application/json; charset=utf-8";

  static Response json(Object document) {
    return new Response(200, JSON, Map.of(), Json.write(document) + "\n");
  }

  /** The work goes on; {@code location} is the resource that tells how far it is. */
  static Response accepted(String location, Object document) {
    return new Response(202, JSON, Map.of("Location", location), Json.write(document) + "\n");
  }

  static Response text(String contentType, String body) {
    return new Response(200, contentType, Map.of(), body);
  }

  static Response fault(FaultException fault) {
    return fault(status(fault.kind()), fault.kind(), fault.getMessage());
  }

  static Response fault(int status, FaultKind kind, String sentence) {
    Map<String, String> headers =
        kind == FaultKind.TRY_AGAIN ? Map.of("Retry-After", "1") : Map.of();
    return new Response(status, JSON, headers, Json.write(FaultDocument.of(kind, sentence)) + "\n");
  }

  Response with(String header, String value) {
    return new Response(status, contentType, Map.of(header, value), body);
  }

  /** The HTTP status of each kind of fault. */
  static int status(FaultKind kind) {
    return switch (kind) {
      case ERROR -> 500;
      case USAGE -> 400;
      case UNAVAILABLE, NO_QUORUM -> 503;
      case TRY_AGAIN, UNSAFE -> 409;
      case CONFIG -> 422;
      case NO_SUCH -> 404;
      case TIMEOUT -> 504;
    };
  }
}
