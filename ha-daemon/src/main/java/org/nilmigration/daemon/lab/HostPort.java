package org.nilmigration.daemon.lab;

import static org.nilmigration.daemon.lab.LabNetwork.ip;
import static org.nilmigration.daemon.lab.LabNetwork.ipCommand;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Where one host is connected to the lab's bridge. Each run of the host gets a new pair of
 * interfaces; the pair vanishes with the host's namespace.
 */
final class HostPort {
  /** The host's bridge, for its guests. */
  static final String BRIDGE = "br0";

  private static final String UPLINK = "uplink";

  // Process 1 of a host: it plugs the host in, runs the daemon, and outlives it where the file
  // "down" is there: it becomes "down.now", and the next run starts when that is gone. The marker
  // file says that the host can be reached.
  private static final String START =
      """
      bridge=$1 uplink=$2 address=$3 mac=$4 marker=$5 down=$6
      shift 6
      until grep -q "$uplink:" /proc/net/dev; do sleep 0.01; done
      echo 1 2>/dev/null >/proc/sys/net/ipv6/conf/default/disable_ipv6 || :
      ip link set lo up
      ip link add "$bridge" address "$mac" type bridge
      ip address add "$address/24" dev "$bridge"
      ip link set "$bridge" up
      ip link set "$uplink" master "$bridge" up
      : >"$marker"
      daemon=
      trap '[ -z "$daemon" ] || kill "$daemon"' TERM
      while :; do
        "$@" & daemon=$!
        while kill -0 "$daemon" 2>/dev/null; do wait "$daemon" || :; done
        mv "$down" "$down.now" 2>/dev/null || exit 0
        while [ -e "$down.now" ]; do sleep 0.02; done
      done
      """;

  private final String name;
  private final String address;
  private final String mac;
  private final Path marker;
  private final Path down;
  private int index;

  /**
   * @param down where this file is there, the host goes on when its daemon ends
   */
  HostPort(String name, String address, String mac, Path marker, Path down) {
    this.name = name;
    this.address = address;
    this.mac = mac;
    this.marker = marker;
    this.down = down;
  }

  /** The host's address on the lab's bridge. */
  String address() {
    return address;
  }

  /** Number of the lab's end in the present run of the host, as a capture shows it. */
  synchronized int index() {
    return index;
  }

  /** The command line of a host's first program, which runs the given one as its daemon. */
  List<String> start(List<String> program) {
    List<String> command = new ArrayList<>(List.of("bash", "-euc", START, "host"));
    command.addAll(List.of(BRIDGE, UPLINK, address, mac, marker.toString(), down.toString()));
    command.addAll(program);
    return command;
  }

  /** Connects a host that waits in {@link #start}. */
  synchronized void plug(ProcessHandle init) {
    String pid = Long.toString(init.pid());
    ip("link", "add", name, "type", "veth", "peer", "name", UPLINK, "netns", pid);
    ip("link", "set", name, "master", LabNetwork.BRIDGE, "up");
    index = readIndex();
  }

  private int readIndex() {
    String shown = Commands.attempt(ipCommand("-oneline", "link", "show", "dev", name)).said();
    try {
      return Integer.parseInt(shown.substring(0, Math.max(0, shown.indexOf(':'))));
    } catch (NumberFormatException e) {
      throw new FaultException(
          FaultKind.ERROR,
          "interface %s: 'ip -oneline link show' said '%s', expected its number first"
              .formatted(name, shown),
          e);
    }
  }

  /** Packets of the host to an address of the lab are lost from now on, or get there again. */
  void lose(ProcessHandle init, String address, boolean lost) {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--net", "--target", Long.toString(init.pid()), "--"));
    command.addAll(ipCommand("route", lost ? "add" : "del", "blackhole", address + "/32"));
    Commands.run(command);
  }

  boolean isPlugged() {
    return Files.exists(marker);
  }

  /**
   * Removes what the last run of the host may have left: the kernel takes a while to remove the
   * interfaces of a namespace that has ended.
   */
  synchronized void unplug() {
    Commands.attempt(ipCommand("link", "del", name));
    try {
      Files.deleteIfExists(marker);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
