package org.nilmigration.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Binds the keys {@code nics} and {@code output} of a guest's document. */
final class NetworkReader {
  private final Section root;
  private final Faults faults;

  NetworkReader(Section root, Faults faults) {
    this.root = root;
    this.faults = faults;
  }

  /**
   * @param guest name of the guest, which addresses are derived from; null when it is wrong
   */
  NetworkConfig network(String guest) {
    List<Section> sections = root.sections("nics");
    if (!sections.isEmpty()) {
      root.check("nics", sections.size(), Rules.NICS);
    }
    List<String> bridges = new ArrayList<>();
    List<String> taps = new ArrayList<>();
    List<String> macs = new ArrayList<>();
    for (Section nic : sections) {
      bridges.add(nic.required("bridge", Form.text(Rules.INTERFACE)));
      taps.add(tap(nic, taps));
      macs.add(mac(nic, guest, macs));
      nic.refuse(
          "vhost",
          "no such key",
          "remove it: with vhost the kernel sends past the gate that holds output until its commit");
      nic.refuseUnknownKeys();
    }
    for (int i = 0; i < sections.size(); i++) {
      if (taps.get(i) != null) {
        List<String> given = bridges.stream().filter(Objects::nonNull).toList();
        sections.get(i).check("tap", taps.get(i), Rules.noBridge(given));
      }
    }
    OutputMode output = root.optional("output", Form.oneOf(OutputMode.class), OutputMode.COMMIT);
    return faults.ifNone(() -> {
      List<NicConfig> nics = new ArrayList<>();
      for (int i = 0; i < sections.size(); i++) {
        nics.add(new NicConfig(bridges.get(i), taps.get(i), macs.get(i)));
      }
      return new NetworkConfig(nics, output);
    });
  }

  private static String tap(Section nic, List<String> before) {
    String tap = nic.required("tap", Form.text(Rules.INTERFACE));
    if (tap != null) {
      nic.check("tap", tap, Rules.notAmong(before, "tap"));
    }
    return tap;
  }

  private static String mac(Section nic, String guest, List<String> before) {
    String derived = guest == null ? null : NicConfig.macOf(guest, before.size());
    String mac = nic.optional("mac", Form.text(Rules.MAC), derived);
    if (mac == null) {
      return null;
    }
    String address = NicConfig.lowerCase(mac);
    nic.check("mac", address, Rules.notAmong(before, "mac"));
    return address;
  }
}
