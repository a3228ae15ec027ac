package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The network between the hosts of a lab. In the namespace of this process lies the bridge {@value
 * #BRIDGE}, with one port for each host that runs; the other end of the port is the uplink of the
 * host's own bridge {@value HostPort#BRIDGE}, in a namespace that only the host's processes share.
 *
 * <pre>
 *   this process: ZooKeeper, clients     host A                         host B
 *   lan 10.77.0.1 --- port-A --------- uplink - br0 10.77.0.11
 *       10.77.0.2 \-- port-B ----------------------------------------- uplink - br0 10.77.0.12
 *       (ZooKeeper)                              guests' TAPs are on br0
 * </pre>
 */
final class LabNetwork {
  static final String ADDRESS = "10.77.0.1";

  /** An address of its own, so that a host can lose ZooKeeper and nothing else. */
  static final String ZOOKEEPER = "10.77.0.2";

  static final String BRIDGE = "lan";
  private static final Path INTERFACES = Path.of("/proc/self/net/dev");
  private static final int HEADER_LINES = 2;
  private static final int FIRST_HOST = 11;

  private int hosts;

  private LabNetwork() {}

  /** Makes the bridge; refuses in a namespace that holds anything else. */
  static LabNetwork open() throws IOException {
    requireOwnNamespace();
    noIpv6();
    // A bridge without an address of its own takes one of its ports', and changes it with them.
    ip("link", "add", BRIDGE, "address", "02:77:00:00:00:01", "type", "bridge");
    ip("address", "add", ADDRESS + "/24", "dev", BRIDGE);
    ip("address", "add", ZOOKEEPER + "/24", "dev", BRIDGE);
    ip("link", "set", BRIDGE, "up");
    return new LabNetwork();
  }

  private static void requireOwnNamespace() throws IOException {
    List<String> names = interfaces();
    if (!OutsideNetwork.isApart() || !names.equals(List.of("lo"))) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "hosts on one machine need a network namespace with nothing but lo: found %s with %s; start the program with bin/nilctl, tests with bin/test, as root"
              .formatted(OutsideNetwork.isApart() ? "one" : "the machine's", names));
    }
  }

  private static List<String> interfaces() throws IOException {
    return Files.readAllLines(INTERFACES).stream()
        .skip(HEADER_LINES)
        .map(line -> line.substring(0, line.indexOf(':')).strip())
        .toList();
  }

  // Spares the captures the chatter of interfaces that look for neighbours.
  private static void noIpv6() throws IOException {
    Path disable = Path.of("/proc/sys/net/ipv6/conf/default/disable_ipv6");
    if (Files.isWritable(disable)) {
      Files.writeString(disable, "1");
    }
  }

  /** A place for one more host; the files are those of {@link HostPort}. */
  HostPort addHost(String name, Path marker, Path down) {
    int number = FIRST_HOST + hosts++;
    return new HostPort(
        "port-" + name, "10.77.0." + number, "02:77:00:00:00:%02x".formatted(number), marker, down);
  }

  /** Removes the bridge; hosts that still run lose their network. */
  void close() {
    ip("link", "del", BRIDGE);
  }

  static void ip(String... arguments) {
    Commands.run(ipCommand(arguments));
  }

  static List<String> ipCommand(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    return command;
  }
}
