package org.nilmigration.daemon.bench.section;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.bench.report.Samples;

/**
 * A client of a guest that runs Redis and serves a file: one request after the other, Debian's
 * redis-benchmark with 50 clients that pipeline 16 requests each, and a download.
 */
final class NetworkLoad {
  private static final int REDIS_PORT = 6379;
  private static final int HTTP_PORT = 8080;
  private static final int TIMEOUT_MILLIS = 60_000;
  private static final int READY_MILLIS = 2_000;
  private static final int DOWNLOADS = 5;
  private static final int REQUESTS = 100_000;
  private static final Pattern CSV = Pattern.compile("\"(SET|GET)\",\"([0-9.]+)\"");

  private final String address;
  private final int pings;
  private final long bulkBytes;

  NetworkLoad(String address, int pings, int bulkMiB) {
    this.address = address;
    this.pings = pings;
    this.bulkBytes = (long) bulkMiB << 20;
  }

  /**
   * What was measured.
   *
   * @param ping round trips
   * @param download times of whole downloads
   */
  record Result(Samples ping, double setsPerSecond, double getsPerSecond, Samples download) {}

  /** Whether Redis and the file are there. */
  boolean ready() {
    try (Socket redis = connect(REDIS_PORT, READY_MILLIS);
        Socket http = connect(HTTP_PORT, READY_MILLIS)) {
      return ping(redis);
    } catch (IOException notYet) {
      return false;
    }
  }

  Result run() throws IOException {
    Samples ping = pings();
    Matcher lines = CSV.matcher(redisBenchmark());
    double sets = 0;
    double gets = 0;
    while (lines.find()) {
      double perSecond = Double.parseDouble(lines.group(2));
      if (lines.group(1).equals("SET")) {
        sets = perSecond;
      } else {
        gets = perSecond;
      }
    }
    Samples download = new Samples();
    for (int i = 0; i < DOWNLOADS; i++) {
      download.add(download());
    }
    return new Result(ping, sets, gets, download);
  }

  private Samples pings() throws IOException {
    Samples samples = new Samples();
    try (Socket redis = connect(REDIS_PORT, TIMEOUT_MILLIS)) {
      for (int i = -pings / 10; i < pings; i++) { // the first tenth warms up
        long start = System.nanoTime();
        if (!ping(redis)) {
          throw new IOException("Redis at " + address + " answered PING with something else");
        }
        if (i >= 0) {
          samples.add(System.nanoTime() - start);
        }
      }
    }
    return samples;
  }

  private static boolean ping(Socket redis) throws IOException {
    OutputStream out = redis.getOutputStream();
    out.write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
    byte[] expected = "+PONG\r\n".getBytes(StandardCharsets.US_ASCII);
    return Arrays.equals(redis.getInputStream().readNBytes(expected.length), expected);
  }

  private String redisBenchmark() throws IOException {
    List<String> command =
        List.of(
            "redis-benchmark",
            "-h",
            address,
            "-c",
            "50",
            "-P",
            "16",
            "-t",
            "set,get",
            "--csv",
            "-n",
            Integer.toString(REQUESTS));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException("redis-benchmark failed: " + said);
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted during redis-benchmark", e);
    }
  }

  private long download() throws IOException {
    long start = System.nanoTime();
    try (Socket http = connect(HTTP_PORT, TIMEOUT_MILLIS)) {
      http.getOutputStream()
          .write("GET /file HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      InputStream in = http.getInputStream();
      byte[] buffer = new byte[1 << 20];
      long received = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        received += read;
      }
      if (received < bulkBytes) {
        throw new IOException(
            "the download ended after " + received + " bytes, expected " + bulkBytes);
      }
    }
    return System.nanoTime() - start;
  }

  private Socket connect(int port, int timeoutMillis) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(timeoutMillis);
      socket.connect(new InetSocketAddress(address, port), timeoutMillis);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
