package org.nilmigration.config;

import java.nio.file.Path;
import java.util.List;

/** Binds a guest's YAML document to {@link GuestConfig}. */
final class GuestReader {
  private final Path base;
  private final Faults faults;

  private GuestReader(Path base, Faults faults) {
    this.base = base;
    this.faults = faults;
  }

  /**
   * @param base directory that relative paths resolve against; null refuses relative paths
   */
  static GuestConfig read(YamlText yaml, Path base) {
    Faults faults = new Faults(yaml.origin());
    GuestReader reader = new GuestReader(base, faults);
    GuestConfig config = Section.root(yaml.compose(), faults).map(reader::guest).orElse(null);
    faults.throwIfAny();
    return config;
  }

  private GuestConfig guest(Section root) {
    Form<Path> path = Form.path(base, Rules.ABSOLUTE);
    Form<String> line = Form.text(Rules.LINE);
    String name = root.required("name", Form.text(Rules.GUEST_NAME));
    ByteSize memory = root.required("memory", Form.size(Rules.MEMORY));
    Integer vcpus = root.optional("vcpus", Form.integer(Rules.VCPUS), GuestConfig.DEFAULT_VCPUS);
    MachineType machine =
        root.optional("machine", Form.oneOf(MachineType.class), GuestConfig.DEFAULT_MACHINE);
    String cpu = root.optional("cpu", line, null);
    Path kernel = root.optional("kernel", path, null);
    Path initrd = root.optional("initrd", path, null);
    String append = root.optional("append", line, null);
    Path disk = root.optional("disk", path, null);
    NetworkConfig network = new NetworkReader(root, faults).network(name);
    List<String> qemuArgs = qemuArgs(root);
    String host = root.optional("host", Form.text(Rules.HOST_NAME), null);
    MemoryPlacement placement =
        root.optional(
            "placement", Form.oneOf(MemoryPlacement.class), GuestConfig.DEFAULT_PLACEMENT);
    checkBoot(root);
    root.refuseUnknownKeys();
    return faults.ifNone(() ->
        new GuestConfig(
            name, memory, vcpus, machine, cpu, kernel, initrd, append, disk, network, qemuArgs,
            host, placement));
  }

  private static void checkBoot(Section root) {
    if (root.has("kernel")) {
      return;
    }
    if (!root.has("disk")) {
      fault(root, Rules.BOOTABLE);
    } else if (root.has("initrd") || root.has("append")) {
      fault(root, Rules.KERNEL_FOR_INITRD_AND_APPEND);
    }
  }

  private static void fault(Section root, Rule<?> rule) {
    root.fault("kernel", "nothing", rule.expected(), rule.remedy());
  }

  private static List<String> qemuArgs(Section root) {
    List<Section.Item> items = root.texts("qemuArgs", Rules.LINE);
    List<String> arguments = items.stream().map(Section.Item::text).toList();
    for (int i = 0; i < arguments.size(); i++) {
      Section.Item item = items.get(i);
      QemuArguments.remedyIfOwned(arguments, i)
          .ifPresent(remedy -> root.faultAt(item, QemuArguments.EXPECTED, remedy));
    }
    return arguments;
  }
}
