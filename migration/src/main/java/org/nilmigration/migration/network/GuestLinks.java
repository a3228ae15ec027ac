package org.nilmigration.migration.network;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.NicConfig;
import org.nilmigration.migration.network.Links.Refusal;

/**
 * The TAP devices of one guest process. Before the process: {@link #requireStartable}. Once it has
 * made them: {@link #attach}. When the guest is about to run: {@link #up}; until then a warm
 * standby collects no frames. Used by one thread at a time.
 */
public final class GuestLinks {
  private static final Path IPV6 = Path.of("/proc/sys/net/ipv6");

  private static final String BRIDGE = "bridge";

  private static final int EPERM = 1;
  private static final int ENOENT = 2;
  private static final int ENXIO = 6;
  private static final int EACCES = 13;
  private static final int EBUSY = 16;
  private static final int ENODEV = 19;

  private final String guest;
  private final List<NicConfig> nics;
  private final Links links;

  public GuestLinks(String guest, List<NicConfig> nics) {
    this(guest, nics, new LinuxLinks());
  }

  GuestLinks(String guest, List<NicConfig> nics, Links links) {
    this.guest = guest;
    this.nics = nics;
    this.links = links;
  }

  /** Names of this host's bridges. Any thread. */
  public static List<String> bridges() {
    LinuxLinks links = new LinuxLinks();
    return links.names().stream().filter(name -> BRIDGE.equals(links.kind(name))).toList();
  }

  /**
   * Refuses a guest whose bridges are not there, or whose TAP devices cannot be made: QEMU would
   * attach to a persistent TAP of the same name without a word. Costs about 16 ms for each NIC.
   *
   * @throws FaultException that names the NIC and the remedy
   */
  public void requireStartable() {
    for (int i = 0; i < nics.size(); i++) {
      NicConfig nic = nics.get(i);
      requireBridge(nic.bridge(), i);
      Refusal refusal = links.tryTap(nic.tap());
      if (refusal.errno() != 0) {
        throw noTap(nic.tap(), i, refusal);
      }
    }
  }

  private void requireBridge(String bridge, int index) {
    String kind = links.kind(bridge);
    if (kind == null) {
      throw fault(
          FaultKind.UNAVAILABLE,
          "key 'nics["
              + index
              + "].bridge': this host has no interface '"
              + bridge
              + "', expected a bridge; run 'ip link add "
              + bridge
              + " type bridge' and 'ip link set "
              + bridge
              + " up', or correct the key");
    }
    if (!kind.equals(BRIDGE)) {
      throw fault(
          FaultKind.CONFIG,
          "key 'nics["
              + index
              + "].bridge': found the interface '"
              + bridge
              + "'"
              + (kind.isEmpty() ? "" : " of kind '" + kind + "'")
              + ", expected a Linux bridge; name the bridge that it is a port of, or make one");
    }
  }

  private FaultException noTap(String tap, int index, Refusal refusal) {
    String what = "key 'nics[" + index + "].tap': ";
    String found = " (" + refusal.step() + ": errno " + refusal.errno() + ")";
    return switch (refusal.errno()) {
      case EBUSY ->
          fault(
              FaultKind.UNAVAILABLE,
              what
                  + "an interface '"
                  + tap
                  + "' exists on this host already"
                  + found
                  + ", expected a name that is free; give the guest another one, or remove what is"
                  + " left over with 'ip link del "
                  + tap
                  + "'");
      case EPERM, EACCES ->
          fault(
              FaultKind.UNAVAILABLE,
              what
                  + "this process may not make the TAP device '"
                  + tap
                  + "'"
                  + found
                  + "; run nild as root, or give it CAP_NET_ADMIN and access to "
                  + LinuxLinks.TUN);
      case ENOENT, ENXIO, ENODEV ->
          fault(
              FaultKind.UNAVAILABLE,
              what
                  + LinuxLinks.TUN
                  + " is missing"
                  + found
                  + ", expected the kernel's TUN/TAP driver; run 'modprobe tun', or hand the"
                  + " device into this container");
      default ->
          fault(
              FaultKind.UNAVAILABLE,
              what
                  + "the TAP device '"
                  + tap
                  + "' cannot be made"
                  + found
                  + "; expected a kernel with TUN/TAP and a valid name");
    };
  }

  /**
   * Puts the TAP devices, which QEMU has made, on their bridges, still down. Each gets an address
   * of its own that is higher than the guest's, since a bridge takes on the lowest of its ports,
   * and no IPv6 address, since nothing but the guest speaks there.
   */
  public void attach() {
    for (NicConfig nic : nics) {
      ip(
          "link",
          "set",
          "dev",
          nic.tap(),
          "address",
          portAddress(nic.mac()),
          "master",
          nic.bridge());
      if (Files.isDirectory(IPV6)) {
        ip("link", "set", "dev", nic.tap(), "addrgenmode", "none");
      }
    }
  }

  private void ip(String... arguments) {
    String words = links.ip(List.of(arguments));
    if (!words.isEmpty()) {
      throw fault(
          FaultKind.UNAVAILABLE,
          "'ip "
              + String.join(" ", arguments)
              + "' failed: "
              + words
              + "; expected iproute2 and the right to change interfaces (CAP_NET_ADMIN)");
    }
  }

  /** Brings the links up, without a subprocess: this is part of a takeover. */
  public void up() {
    for (NicConfig nic : nics) {
      Refusal refusal = links.up(nic.tap());
      if (refusal.errno() != 0) {
        throw fault(
            FaultKind.UNAVAILABLE,
            "the link of its TAP device '"
                + nic.tap()
                + "' does not come up ("
                + refusal.step()
                + ": errno "
                + refusal.errno()
                + "); expected the device that QEMU made, look whether somebody removed it");
      }
    }
  }

  /** The guest's address with another first octet, the highest there is. */
  static String portAddress(String mac) {
    return (mac.startsWith("fe:") ? "fa:" : "fe:") + mac.substring(3);
  }

  private FaultException fault(FaultKind kind, String what) {
    return new FaultException(kind, "guest '" + guest + "': " + what + ".");
  }
}
