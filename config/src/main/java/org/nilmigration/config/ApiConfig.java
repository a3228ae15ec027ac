package org.nilmigration.config;

/**
 * Where the REST API listens.
 *
 * @param address an IP address or host name, without brackets
 * @param port 0 to 65535; 0 takes any free port
 */
public record ApiConfig(String address, int port) {
  public static final ApiConfig DEFAULT = new ApiConfig("127.0.0.1", 7400);

  public ApiConfig {
    Rules.ADDRESS.require("api.listen", address);
    Rules.LISTEN_PORT.require("api.listen", port);
  }
}
