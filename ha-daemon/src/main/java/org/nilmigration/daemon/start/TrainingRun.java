package org.nilmigration.daemon.start;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.nilctl.NilctlMain;
import picocli.CommandLine;

/**
 * Runs short nilctl commands in one JVM, for its AOT cache to hold the classes that they use. A
 * socket of this process answers for nild, with empty lists.
 */
public final class TrainingRun {
  private static final List<String> COMMANDS =
      List.of("--version", "--help", "no-such-command", "vm list --help");
  private static final List<String> QUESTIONS =
      List.of("vm list", "vm list -o json", "host list", "history");
  private static final List<Class<?>> DOCUMENTS =
      List.of(GuestDocument[].class, HostDocument[].class, HistoryDocument[].class);

  private static final String NONE = "[]";
  private static final byte[] ANSWER =
      """
      HTTP/1.1 200 OK\r
      Content-Length: 2\r
      Connection: close\r
      \r
      []\
      """
          .getBytes(StandardCharsets.US_ASCII);
  private static final int REQUEST_BYTES_MAX = 4096;

  private TrainingRun() {}

  /**
   * Runs the commands. What they say is lost, and so is what goes wrong in one.
   *
   * @param arguments a directory for a file that is gone at the end
   */
  public static void main(String[] arguments) throws IOException {
    COMMANDS.forEach(command -> run(words(command)));
    Path token = Files.writeString(Path.of(arguments[0], "training.token"), "none\n");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform().daemon().name("training").start(() -> answer(socket));
      String url = "http://127.0.0.1:" + socket.getLocalPort();
      List<String> nild = List.of("--api", url, "--token-file", token.toString());
      for (String question : QUESTIONS) {
        run(Stream.concat(words(question), nild.stream()));
      }
    } finally {
      Files.delete(token);
    }
    DOCUMENTS.forEach(document -> Json.read(NONE, document));
  }

  private static Stream<String> words(String command) {
    return Stream.of(command.split(" "));
  }

  private static void run(Stream<String> words) {
    String[] arguments = words.toArray(String[]::new);
    CommandLine line = NilctlMain.commandLine(arguments);
    line.setOut(new PrintWriter(Writer.nullWriter()));
    line.setErr(new PrintWriter(Writer.nullWriter()));
    line.execute(arguments);
  }

  private static void answer(ServerSocket socket) {
    while (!socket.isClosed()) {
      try (Socket client = socket.accept()) {
        InputStream in = client.getInputStream();
        int unused = in.read(new byte[REQUEST_BYTES_MAX]);
        client.getOutputStream().write(ANSWER);
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
