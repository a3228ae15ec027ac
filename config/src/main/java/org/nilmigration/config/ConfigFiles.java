package org.nilmigration.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/**
 * Reads and writes configuration documents. Keys are the names of the record components, nested
 * mappings are nested records, and {@code api} holds {@code listen: "address:port"}.
 *
 * <p>Every reader reports all faults of a document in one {@link FaultException} of kind CONFIG,
 * one line each: {@code file:line:column: key 'x': found ..., expected ...; remedy}.
 */
public final class ConfigFiles {
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private ConfigFiles() {}

  /**
   * Relative paths resolve against the file's directory.
   *
   * @throws FaultException CONFIG, also when others can read a file that holds parameters of fence
   *     agents
   */
  public static HostConfig host(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    HostConfig host = HostReader.read(YamlText.read(file), absolute.getParent());
    boolean secrets =
        host.fencing().hosts().values().stream()
            .flatMap(List::stream)
            .anyMatch(agent -> !agent.parameters().isEmpty());
    if (secrets) {
      requirePrivate(absolute);
    }
    return host;
  }

  private static void requirePrivate(Path file) {
    Set<PosixFilePermission> others = EnumSet.copyOf(OTHERS);
    try {
      others.retainAll(Files.getPosixFilePermissions(file));
    } catch (IOException | UnsupportedOperationException e) {
      throw new FaultException(
          FaultKind.CONFIG, file + ": who may read it is not known: " + e.getMessage(), e);
    }
    if (!others.isEmpty()) {
      throw new FaultException(
          FaultKind.CONFIG,
          "%s: found it open to others (%s), expected none but its owner to read or write parameters of fence agents; chmod 600 it"
              .formatted(file, PosixFilePermissions.toString(others)));
    }
  }

  /** Relative paths resolve against the file's directory. */
  public static GuestConfig guest(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    return GuestReader.read(YamlText.read(file), absolute.getParent());
  }

  /**
   * A document that did not come from a file of this host, so its paths must be absolute.
   *
   * @param origin what stands for the file name in faults
   */
  public static GuestConfig guest(String yaml, String origin) {
    return GuestReader.read(new YamlText(yaml, origin), null);
  }

  /** The document that {@link #guest(String, String)} reads back as an equal record. */
  public static String toYaml(GuestConfig guest) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("name", guest.name());
    keys.put("memory", guest.memory().toString());
    keys.put("vcpus", guest.vcpus());
    keys.put("machine", Texts.of(guest.machine()));
    putIfPresent(keys, "cpu", guest.cpu());
    putIfPresent(keys, "kernel", guest.kernel());
    putIfPresent(keys, "initrd", guest.initrd());
    putIfPresent(keys, "append", guest.append());
    putIfPresent(keys, "disk", guest.disk());
    putNetwork(keys, guest.network());
    if (!guest.qemuArgs().isEmpty()) {
      keys.put("qemuArgs", guest.qemuArgs());
    }
    putIfPresent(keys, "host", guest.host());
    keys.put("placement", Texts.of(guest.placement()));
    DumpSettings settings = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
    return new Dump(settings).dumpToString(keys);
  }

  private static void putNetwork(Map<String, Object> keys, NetworkConfig network) {
    if (network.equals(NetworkConfig.NONE)) {
      return;
    }
    if (!network.nics().isEmpty()) {
      keys.put("nics", network.nics().stream().map(ConfigFiles::nic).toList());
    }
    keys.put("output", Texts.of(network.output()));
  }

  private static Map<String, Object> nic(NicConfig nic) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("bridge", nic.bridge());
    keys.put("tap", nic.tap());
    keys.put("mac", nic.mac());
    return keys;
  }

  private static void putIfPresent(Map<String, Object> keys, String key, Object value) {
    if (value != null) {
      keys.put(key, value.toString());
    }
  }
}
