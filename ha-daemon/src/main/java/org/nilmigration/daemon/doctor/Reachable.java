package org.nilmigration.daemon.doctor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Whether something takes connections at an address. */
final class Reachable {
  private static final int WITHIN_MILLIS = 2_000;

  private Reachable() {}

  /**
   * @param server {@code host:port}, an IPv6 address in brackets
   */
  static boolean test(String server) {
    int colon = server.lastIndexOf(':');
    String host = server.substring(0, colon).replaceAll("[\\[\\]]", "");
    int port = Integer.parseInt(server.substring(colon + 1));
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), WITHIN_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
