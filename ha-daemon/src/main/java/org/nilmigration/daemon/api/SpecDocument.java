package org.nilmigration.daemon.api;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.OutputMode;

/** What was applied; names and meaning are those of the guest's YAML document, memory in bytes. */
public record SpecDocument(
    long memoryBytes,
    int vcpus,
    String machine,
    String cpu,
    String kernel,
    String initrd,
    String append,
    String disk,
    List<NicDocument> nics,
    String output,
    List<String> qemuArgs,
    String host,
    String placement) {

  public static SpecDocument of(GuestConfig guest) {
    return new SpecDocument(
        guest.memory().bytes(),
        guest.vcpus(),
        guest.machine().name().toLowerCase(Locale.ROOT),
        guest.cpu(),
        text(guest.kernel()),
        text(guest.initrd()),
        guest.append(),
        text(guest.disk()),
        guest.network().nics().stream().map(NicDocument::of).toList(),
        guest.network().output().name().toLowerCase(Locale.ROOT),
        List.copyOf(guest.qemuArgs()),
        guest.host(),
        guest.placement().name().toLowerCase(Locale.ROOT));
  }

  /** Whether a takeover undoes what others have already seen of the guest. */
  public boolean unsafeOutput() {
    return OutputMode.IMMEDIATE.name().equalsIgnoreCase(output);
  }

  private static String text(Path path) {
    return path == null ? null : path.toString();
  }
}
