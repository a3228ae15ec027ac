package org.nilmigration.daemon.rest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Finds the handler of a method and path. Paths are templates of literal segments and {@code
 * {name}} segments; a literal wins over a name. Immutable.
 */
final class Router {
  /** A function from request to response; faults are thrown as FaultException. */
  interface Handler {
    Response handle(Request request);
  }

  /**
   * One route.
   *
   * @param open answered without a token
   */
  record Route(String method, String template, boolean open, Handler handler) {
    private List<String> segments() {
      return segmentsOf(template);
    }
  }

  /** A route that fits a path, with the values of its named segments. */
  record Match(Route route, Map<String, String> parameters) {}

  private final List<Route> routes;

  Router(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  List<Route> routes() {
    return routes;
  }

  Optional<Match> find(String method, String path) {
    Match best = null;
    for (Route route : routes) {
      Optional<Map<String, String>> parameters = match(route, path);
      boolean fits = parameters.isPresent() && route.method().equals(method);
      if (fits && (best == null || parameters.get().size() < best.parameters().size())) {
        best = new Match(route, parameters.get());
      }
    }
    return Optional.ofNullable(best);
  }

  /** The methods that a path knows, empty when there is no such path. */
  List<String> methods(String path) {
    TreeSet<String> methods = new TreeSet<>();
    for (Route route : routes) {
      if (match(route, path).isPresent()) {
        methods.add(route.method());
      }
    }
    return List.copyOf(methods);
  }

  private static Optional<Map<String, String>> match(Route route, String path) {
    List<String> expected = route.segments();
    List<String> found = segmentsOf(path);
    if (expected.size() != found.size()) {
      return Optional.empty();
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < expected.size(); i++) {
      String segment = expected.get(i);
      if (segment.startsWith("{") && !found.get(i).isEmpty()) {
        parameters.put(segment.substring(1, segment.length() - 1), found.get(i));
      } else if (!segment.equals(found.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(parameters);
  }

  private static List<String> segmentsOf(String path) {
    List<String> segments = new ArrayList<>();
    for (String segment : path.split("/", -1)) {
      segments.add(segment);
    }
    return segments;
  }
}
