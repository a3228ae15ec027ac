package org.nilmigration.daemon.nilctl;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One request of HTTP/1.0 (RFC 1945) and its answer, on a connection of its own. Not the JDK's
 * clients: those search all jars for protocol handlers first, which takes longer than the command.
 *
 * @param status of the answer, such as 200
 * @param text its body
 */
record HttpExchange(int status, String text) {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.\\d (\\d{3})( .*)?");
  private static final String LENGTH = "content-length:";
  private static final int LINE_BYTES_MAX = 8192;
  private static final int HTTP_PORT = 80;

  /**
   * What is sent.
   *
   * @param path with query, encoded
   * @param contentType null without a body
   * @param body null for none
   */
  record Request(String method, String path, String token, String contentType, String body) {
    /** What goes over the wire. */
    byte[] bytes(String host) {
      byte[] content = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
      StringBuilder head = new StringBuilder();
      line(head, method + " " + path + " HTTP/1.0");
      line(head, "Host: " + host);
      line(head, "Authorization: Bearer " + token);
      line(head, "Accept: application/json");
      if (body != null) {
        line(head, "Content-Type: " + contentType);
      }
      if (!method.equals("GET")) {
        line(head, "Content-Length: " + content.length);
      }
      line(head, "");
      byte[] start = head.toString().getBytes(StandardCharsets.US_ASCII);
      byte[] all = Arrays.copyOf(start, start.length + content.length);
      System.arraycopy(content, 0, all, start.length, content.length);
      return all;
    }

    private static void line(StringBuilder head, String line) {
      head.append(line).append("\r\n");
    }
  }

  /**
   * Sends it and waits for the answer.
   *
   * @param server http://HOST[:PORT]
   * @throws java.net.SocketTimeoutException when nothing came for so long
   */
  static HttpExchange of(URI server, Request request, int connectMillis, int readMillis)
      throws IOException {
    String host = server.getHost().replaceAll("[\\[\\]]", "");
    int port = server.getPort() < 0 ? HTTP_PORT : server.getPort();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), connectMillis);
      socket.setSoTimeout(readMillis);
      socket.getOutputStream().write(request.bytes(server.getRawAuthority()));
      return answer(new BufferedInputStream(socket.getInputStream()));
    }
  }

  /** Reads an answer to its end. */
  static HttpExchange answer(InputStream in) throws IOException {
    String first = line(in);
    Matcher status = STATUS.matcher(first);
    if (!status.matches()) {
      throw new IOException("found '" + first + "', expected an answer of HTTP/1");
    }
    OptionalInt length = OptionalInt.empty();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
        length = OptionalInt.of(number(line.substring(LENGTH.length()).strip()));
      }
    }
    byte[] body = length.isEmpty() ? in.readAllBytes() : in.readNBytes(length.getAsInt());
    if (length.isPresent() && body.length < length.getAsInt()) {
      throw new EOFException(
          "the answer ended after %d of %d bytes".formatted(body.length, length.getAsInt()));
    }
    return new HttpExchange(
        Integer.parseInt(status.group(1)), new String(body, StandardCharsets.UTF_8));
  }

  private static int number(String text) throws IOException {
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw new IOException("found Content-Length '" + text + "', expected a number", e);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int read = in.read(); read != '\n'; read = in.read()) {
      if (read < 0 || line.length() == LINE_BYTES_MAX) {
        throw new EOFException("found no whole line in the head of the answer");
      }
      line.append((char) read);
    }
    return line.toString().stripTrailing();
  }
}
