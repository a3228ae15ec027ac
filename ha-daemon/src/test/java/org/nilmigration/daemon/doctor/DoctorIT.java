package org.nilmigration.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.doctor.Finding.Level;

/** The doctor on this machine, with a configuration that will do and with ones that will not. */
class DoctorIT {
  @TempDir Path directory;
  private Path memory;
  private ServerSocket server;

  @BeforeEach
  void make() throws IOException {
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "nil-doctor-");
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Region.format(directory.resolve("region"), new RegionSpec(1L << 30)).close();
  }

  @AfterEach
  void remove() throws IOException {
    server.close();
    Files.delete(memory);
  }

  private DoctorReport examine(String region, Path local, String servers, String qemu)
      throws IOException {
    String yaml =
        """
        host: a
        region: %s
        memory: {local: %s}
        zookeeper: {connect: "%s"}
        qemu: {binary: %s, accelerator: tcg}
        fencing: {b: [{agent: /bin/true}, {agent: /bin/false}]}
        """
            .formatted(region, local, servers, qemu);
    return DoctorReport.of(
        ConfigFiles.host(Files.writeString(directory.resolve("host.yaml"), yaml)));
  }

  private String here() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  private static Finding finding(DoctorReport report, String check) {
    return report.findings().stream()
        .filter(f -> f.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> failed(DoctorReport report) {
    return report.findings().stream()
        .filter(f -> f.level() == Level.FAIL)
        .map(Finding::check)
        .toList();
  }

  @Test
  void aHostThatWillDo() throws IOException {
    DoctorReport report = examine("region", memory, here(), "qemu-system-x86_64");

    assertThat(failed(report)).isEmpty();
    report.requireUsable();
    StringWriter text = new StringWriter();
    report.print(new PrintWriter(text, true));
    assertThat(text.toString().lines())
        .hasSameSizeAs(report.findings())
        .anyMatch(line -> line.startsWith("ok    ptrace"))
        .anyMatch(line -> line.matches("ok    region +.*1GiB.*"))
        .anyMatch(line -> line.matches("ok    fencing +/bin/true answers for host b"))
        .anyMatch(line -> line.matches("warn  fencing +/bin/false could not fence host b: .*"))
        .anyMatch(line -> line.matches("ok    memory moves +by .*, for .*"));
    assertThat(memory).isEmptyDirectory();
  }

  @Test
  void everythingThatWillNotDoIsNamedAtOnceWithItsRemedy() throws IOException {
    DoctorReport report =
        examine("absent", directory.resolve("own"), here() + ",127.0.0.1:1", "no-such-qemu");

    assertThat(failed(report)).contains("qemu", "ptrace", "region", "local memory", "zookeeper");
    assertThat(finding(report, "region").found()).contains("nilctl region format");
    assertThat(finding(report, "local memory").found()).contains("/dev/shm");
    assertThat(finding(report, "zookeeper").found()).contains("127.0.0.1:1").contains("1 of 2");
    assertThatThrownBy(report::requireUsable)
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNAVAILABLE));
  }

  @Test
  void aMinorityOfSilentServersIsAWarning() throws IOException {
    DoctorReport report =
        examine("region", memory, here() + "," + here() + ",127.0.0.1:1", "qemu-system-x86_64");

    assertThat(finding(report, "zookeeper").level()).isEqualTo(Level.WARN);
  }
}
