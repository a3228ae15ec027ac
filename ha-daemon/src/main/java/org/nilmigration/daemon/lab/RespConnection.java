package org.nilmigration.daemon.lab;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One TCP connection to a Redis server, for the few commands that tests need (RESP 2). Commands
 * collect until they are sent with one write. One thread.
 */
final class RespConnection implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

  RespConnection(InputStream in, OutputStream out) {
    this(new Socket(), in, out);
  }

  private RespConnection(Socket socket, InputStream in, OutputStream out) {
    this.socket = socket;
    this.in = new BufferedInputStream(in);
    this.out = out;
  }

  /** Connects; a reply that takes longer than {@code answerWithin} is a failure. */
  static RespConnection open(
      InetSocketAddress server, Duration connectWithin, Duration answerWithin) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) answerWithin.toMillis());
      socket.connect(server, (int) connectWithin.toMillis());
      return new RespConnection(socket, socket.getInputStream(), socket.getOutputStream());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  RespConnection command(String... words) {
    append("*" + words.length + "\r\n");
    for (String word : words) {
      append("$" + word.getBytes(StandardCharsets.UTF_8).length + "\r\n" + word + "\r\n");
    }
    return this;
  }

  private void append(String text) {
    pending.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  void send() throws IOException {
    out.write(pending.toByteArray());
    out.flush();
    pending.reset();
  }

  /**
   * Reads one reply: the text of a simple string, the digits of a number, a bulk string, or null.
   *
   * @throws IOException also when the server answers with an error or not in RESP
   */
  String reply() throws IOException {
    String line = line();
    String rest = line.isEmpty() ? "" : line.substring(1);
    return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
      case '+', ':' -> rest;
      case '$' -> bulk(length(rest));
      case '-' -> throw new IOException("the server refused a command: " + rest);
      default -> throw new IOException("expected a reply in RESP, found '" + line + "'");
    };
  }

  /** Reads a number. */
  long number() throws IOException {
    String reply = reply();
    try {
      return reply == null ? 0 : Long.parseLong(reply);
    } catch (NumberFormatException e) {
      throw new IOException("expected a number, found '" + reply + "'", e);
    }
  }

  private static int length(String text) throws IOException {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IOException("expected the length of a string, found '" + text + "'", e);
    }
  }

  private String bulk(int length) throws IOException {
    if (length < 0) {
      return null;
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length || !line().isEmpty()) {
      throw new EOFException("a string of " + length + " bytes ended early or went on");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\r'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the server closed the connection");
      }
      line.append((char) next);
    }
    if (in.read() != '\n') {
      throw new IOException("expected a line that ends in CR LF, found '" + line + "'");
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
