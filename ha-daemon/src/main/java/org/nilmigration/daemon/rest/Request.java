package org.nilmigration.daemon.rest;

import java.util.Map;
import java.util.Optional;

/**
 * One authenticated request.
 *
 * @param parameters values of the route's {@code {name}} segments, decoded
 * @param query decoded query parameters
 * @param body text of the body, empty when there is none
 */
record Request(Map<String, String> parameters, Map<String, String> query, String body) {
  String parameter(String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no segment {" + name + "}");
    }
    return value;
  }

  Optional<String> queried(String name) {
    return Optional.ofNullable(query.get(name)).filter(value -> !value.isEmpty());
  }
}
