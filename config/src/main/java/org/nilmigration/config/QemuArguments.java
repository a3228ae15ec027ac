package org.nilmigration.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which arguments of a guest's {@code qemuArgs} collide with what the service sets itself. */
final class QemuArguments {
  static final String EXPECTED = "an option the service does not own";

  private static final String REMOVE = "remove it, the service sets it itself";
  private static final String USE_NICS =
      "use the key nics, for what it sent would leave before its epoch is committed";
  private static final String NO_VHOST =
      "remove it, for what the kernel sends for it would leave before its epoch is committed";

  /** Options whose value names a driver or an object type. */
  private static final Set<String> WITH_TYPE = Set.of("device", "object");

  /** What the names of network devices, network filters and kernel-served devices begin with. */
  private static final Map<String, String> REFUSED_TYPES =
      Map.ofEntries(
          Map.entry("memory-backend", REMOVE),
          Map.entry("virtio-net", USE_NICS),
          Map.entry("e1000", USE_NICS),
          Map.entry("i825", USE_NICS),
          Map.entry("i82801", USE_NICS),
          Map.entry("igb", USE_NICS),
          Map.entry("ne2k", USE_NICS),
          Map.entry("pcnet", USE_NICS),
          Map.entry("pvrdma", USE_NICS),
          Map.entry("rocker", USE_NICS),
          Map.entry("rtl8139", USE_NICS),
          Map.entry("tulip", USE_NICS),
          Map.entry("usb-net", USE_NICS),
          Map.entry("vmxnet", USE_NICS),
          Map.entry("filter-", USE_NICS),
          Map.entry("colo-compare", USE_NICS),
          Map.entry("vhost-", NO_VHOST));

  private static final Pattern TYPE_IN_JSON =
      Pattern.compile("\"(?:driver|qom-type)\"\\s*:\\s*\"([^\"]*)\"");

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
          Map.entry("netdev", USE_NICS),
          Map.entry("nic", USE_NICS),
          Map.entry("net", USE_NICS),
          Map.entry("readconfig", "give the options it holds one by one"));

  private QemuArguments() {}

  /** What to do about argument {@code index}, when the service owns it. */
  static Optional<String> remedyIfOwned(List<String> arguments, int index) {
    String argument = arguments.get(index);
    String before = index == 0 ? "" : option(arguments.get(index - 1));
    if (WITH_TYPE.contains(before)) {
      return remedyForType(argument);
    }
    String option = option(argument);
    if (WITH_TYPE.contains(option)) {
      return remedyForType(argument.replaceFirst("^[^ =]*[ =]?", ""));
    }
    return Optional.ofNullable(OWNED.get(option));
  }

  /** Name of the option without its hyphens, empty when the argument is none. */
  private static String option(String argument) {
    return argument.startsWith("-") ? argument.replaceFirst("^--?", "").split("[ =]", 2)[0] : "";
  }

  private static Optional<String> remedyForType(String value) {
    String type = type(value);
    return REFUSED_TYPES.entrySet().stream()
        .filter(refused -> type.startsWith(refused.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** The driver or type in {@code TYPE,key=value}, {@code key=value,driver=TYPE} or JSON. */
  private static String type(String value) {
    if (value.startsWith("{")) {
      Matcher json = TYPE_IN_JSON.matcher(value);
      return json.find() ? json.group(1) : "";
    }
    for (String part : value.split(",", -1)) {
      if (part.startsWith("driver=") || part.startsWith("qom-type=")) {
        return part.substring(part.indexOf('=') + 1);
      }
    }
    String first = value.split(",", 2)[0];
    return first.contains("=") ? "" : first;
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
