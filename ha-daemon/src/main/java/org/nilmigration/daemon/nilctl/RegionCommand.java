package org.nilmigration.daemon.nilctl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nilmigration.checkpoint.region.FileInfo;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.RegionFlush;
import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.cli.Subcommands;
import org.nilmigration.daemon.cli.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code nilctl region}: the shared memory, without a daemon. */
@Command(
    name = "region",
    description = "The shared memory region: format, show. Works without nild.",
    synopsisSubcommandLabel = "COMMAND")
@Subcommands({RegionCommand.Format.class, RegionCommand.Show.class})
final class RegionCommand {
  private static final long CAPACITY_UNIT_BYTES = 2L << 20;

  private RegionCommand() {}

  /** Which directory. */
  static final class DirectoryOptions {
    @Option(
        names = "--region",
        paramLabel = "DIR",
        description = "the region's directory (default: 'region' of the host's YAML file)")
    private Path directory;

    @Mixin private ConnectionOptions connection;

    Path directory() {
      return directory == null
          ? connection.hostConfig().region()
          : directory.toAbsolutePath().normalize();
    }

    RegionFlush flush() {
      return directory == null ? connection.hostConfig().regionFlush() : RegionFlush.AUTO;
    }
  }

  /**
   * A region as {@code -o json} prints it.
   *
   * @param capacityBytes what it may hold
   * @param usedBytes what it holds
   */
  record RegionDocument(
      String directory,
      String uuid,
      long capacityBytes,
      long usedBytes,
      List<String> hosts,
      List<RegionGuestDocument> guests) {}

  /**
   * A guest's part of the region.
   *
   * @param memoryBytes size of the guest's memory
   * @param files names of its images and logs
   */
  record RegionGuestDocument(String name, long memoryBytes, List<String> files) {}

  /** Makes a region. */
  @Command(
      name = "format",
      description = {
        "Makes an empty region in a directory of shared memory, once per cluster.",
        "Refuses a directory that holds anything: remove an old region yourself."
      },
      sortOptions = false)
  static final class Format implements Runnable {
    @Option(
        names = "--capacity",
        paramLabel = "SIZE",
        converter = SizeConverter.class,
        description = "most that guests' images and logs may take (default: what is free there)")
    private ByteSize capacity;

    @Mixin private DirectoryOptions options;
    @Mixin private OutputOption output;

    @Override
    public void run() {
      Path directory = options.directory();
      long bytes = capacity == null ? freeBytes(directory) : capacity.bytes();
      try (Region region = Region.format(directory, new RegionSpec(bytes), options.flush())) {
        RegionDocument document = describe(region);
        output.print(
            document,
            out ->
                out.println(
                    "region %s is formatted: %s for guests' images and logs, uuid %s"
                        .formatted(directory, human(document.capacityBytes()), region.uuid())));
      }
    }

    private static long freeBytes(Path directory) {
      Path existing = directory;
      while (Files.notExists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      try {
        long free = Files.getFileStore(existing).getUsableSpace();
        return free / CAPACITY_UNIT_BYTES * CAPACITY_UNIT_BYTES;
      } catch (IOException e) {
        throw new FaultException(
            FaultKind.UNAVAILABLE,
            "region %s: cannot tell how much is free at %s (%s); say --capacity SIZE"
                .formatted(directory, existing, e),
            e);
      }
    }
  }

  /** Shows a region. */
  @Command(
      name = "show",
      description = "Shows what a region holds; verifies its superblock.",
      sortOptions = false)
  static final class Show implements Runnable {
    @Mixin private DirectoryOptions options;
    @Mixin private OutputOption output;

    @Override
    public void run() {
      Path directory = options.directory();
      if (Files.notExists(directory)) {
        throw new FaultException(
            FaultKind.NO_SUCH,
            "region %s: found no such directory, expected a region; make one with 'nilctl region format'"
                .formatted(directory));
      }
      try (Region region = Region.open(directory)) {
        RegionDocument document = describe(region);
        output.print(
            document,
            out -> {
              new KeyValues()
                  .add("region", document.directory())
                  .add("uuid", document.uuid())
                  .add("capacity", human(document.capacityBytes()))
                  .add("used", human(document.usedBytes()))
                  .add("hosts", document.hosts().isEmpty() ? "none yet" : joined(document.hosts()))
                  .add("guests", document.guests().isEmpty() ? "none yet" : null)
                  .print(out);
              if (!document.guests().isEmpty()) {
                out.println();
                table(document.guests()).print(out);
              }
            });
      }
    }

    private static Table table(List<RegionGuestDocument> guests) {
      Table table = new Table().text("GUEST").number("MEMORY").text("FILES");
      guests.forEach(
          guest -> table.row(guest.name(), human(guest.memoryBytes()), joined(guest.files())));
      return table;
    }
  }

  private static RegionDocument describe(Region region) {
    List<RegionGuestDocument> guests = new ArrayList<>();
    for (String name : region.guests()) {
      region.guest(name).map(RegionCommand::describe).ifPresent(guests::add);
    }
    return new RegionDocument(
        region.directory().toString(),
        region.uuid().toString(),
        region.capacityBytes(),
        region.usedBytes(),
        region.hosts(),
        guests);
  }

  private static RegionGuestDocument describe(GuestRegion guest) {
    try (guest) {
      return new RegionGuestDocument(
          guest.name(), guest.memoryBytes(), guest.files().stream().map(FileInfo::name).toList());
    }
  }

  private static String joined(List<String> names) {
    return String.join(", ", names);
  }

  /** A size for reading: three digits and a unit, not exact. */
  static String human(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    boolean whole = value >= 100 || value == Math.rint(value);
    return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
  }

  /** A {@link ByteSize} on the command line. */
  static final class SizeConverter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String value) {
      try {
        return ByteSize.parse(value);
      } catch (FaultException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
