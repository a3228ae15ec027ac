package org.nilmigration.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which arguments of a guest's {@code qemuArgs} collide with what the service sets itself. */
final class QemuArguments {
  static final String EXPECTED = "an option the service does not own";

  private static final String REMOVE = "remove it, the service sets it itself";

  /** Option name without its hyphens, and what to do instead. */
  private static final Map<String, String> OWNED =
      Map.ofEntries(
          Map.entry("m", "use the key memory"),
          Map.entry("smp", "use the key vcpus"),
          Map.entry("M", "use the key machine"),
          Map.entry("machine", "use the key machine"),
          Map.entry("cpu", "use the key cpu"),
          Map.entry("kernel", "use the key kernel"),
          Map.entry("initrd", "use the key initrd"),
          Map.entry("append", "use the key append"),
          Map.entry("accel", "set qemu.accelerator in the host's configuration"),
          Map.entry("enable-kvm", "set qemu.accelerator in the host's configuration"),
          Map.entry("incoming", REMOVE),
          Map.entry("qmp", REMOVE),
          Map.entry("qmp-pretty", REMOVE),
          Map.entry("mon", REMOVE),
          Map.entry("daemonize", REMOVE),
          Map.entry("S", REMOVE),
          Map.entry("preconfig", REMOVE),
          Map.entry("snapshot", REMOVE),
          Map.entry("loadvm", REMOVE),
          Map.entry("mem-path", REMOVE),
          Map.entry("mem-prealloc", REMOVE),
          Map.entry("readconfig", "give the options it holds one by one"));

  private QemuArguments() {}

  /** What to do about argument {@code index}, when the service owns it. */
  static Optional<String> remedyIfOwned(List<String> arguments, int index) {
    String argument = arguments.get(index);
    if (!argument.startsWith("-")) {
      return Optional.empty();
    }
    String option = argument.replaceFirst("^--?", "").split("[ =]", 2)[0];
    boolean memoryObject =
        option.equals("object")
            && (argument.contains("memory-backend")
                || (index + 1 < arguments.size()
                    && arguments.get(index + 1).contains("memory-backend")));
    return Optional.ofNullable(memoryObject ? REMOVE : OWNED.get(option));
  }

  static void requireNoneOwned(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      Rules.LINE.require("qemuArgs[" + i + "]", arguments.get(i));
      Optional<String> remedy = remedyIfOwned(arguments, i);
      if (remedy.isPresent()) {
        throw new FaultException(
            FaultKind.CONFIG,
            "key 'qemuArgs[%d]': found '%s', expected %s; %s"
                .formatted(i, arguments.get(i), EXPECTED, remedy.get()));
      }
    }
  }
}
