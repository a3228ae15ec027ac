package org.nilmigration.migration.qemu;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nilmigration.checkpoint.dirty.TrackedRange;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.TransmitRing;
import org.nilmigration.migration.qemu.QmpClient.Command;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the guest's drivers count the frames they send: QEMU knows the ring's guest-physical
 * address and maps it to its own address space, and the image's mapping there gives the offset.
 * Both commands are for debuggers, in QEMU 7.2 and 10.0; without them there is no hint, which is
 * said once. Used by one thread at a time.
 */
final class TransmitRings {
  private static final Logger LOG = LoggerFactory.getLogger(TransmitRings.class);

  /** Of the first queue pair, 0 receives and 1 transmits (virtio 1.2, 5.1.2). */
  private static final int TRANSMIT = 1;

  /** Of a ring's driver area: flags, idx, then one entry of 2 bytes for each descriptor. */
  private static final int INDEX = 2;

  private static final int ENTRIES = 4;

  private static final Pattern HOST_ADDRESS =
      Pattern.compile("^Host virtual address for 0x[0-9a-f]+ \\(.*\\) is 0x([0-9a-f]+)\\s*$");

  private final String guest;
  private final List<String> devices;
  private final Function<Command[], List<QmpReply>> monitor;
  private final MappedImage image;
  private TrackedRange range;
  private boolean complained;

  /** Finds the guest's memory image in QEMU's address space; it stays there. */
  interface MappedImage {
    TrackedRange find();
  }

  /** A ring's driver area in guest-physical memory. */
  private record Ring(long address, long size) {}

  TransmitRings(
      String guest,
      List<String> devices,
      Function<Command[], List<QmpReply>> monitor,
      MappedImage image) {
    this.guest = guest;
    this.devices = devices;
    this.monitor = monitor;
    this.image = image;
  }

  /** QOM paths of the virtio devices behind the first {@code nics} network devices. */
  static List<String> devices(MachineType machine, int nics) {
    String inner = machine == MachineType.MICROVM ? "" : "/virtio-backend";
    List<String> devices = new ArrayList<>();
    for (int i = 0; i < nics; i++) {
      devices.add("/machine/peripheral/" + QemuCommandLine.nic(i) + inner);
    }
    return devices;
  }

  /** One ring for each driver that is ready; empty when there is none or QEMU cannot tell. */
  List<TransmitRing> find() {
    if (devices.isEmpty()) {
      return List.of();
    }
    try {
      List<Ring> rings = rings();
      return rings.isEmpty() ? List.of() : inImage(rings);
    } catch (FaultException
        | IllegalStateException
        | IllegalArgumentException
        | UnsupportedOperationException e) {
      if (!complained) {
        complained = true;
        LOG.warn(
            "output of vm={} cannot be seen coming, its epochs end by the clock: {}",
            guest,
            e.getMessage());
      }
      return List.of();
    }
  }

  private List<Ring> rings() {
    Command[] queries = devices.stream().map(TransmitRings::query).toArray(Command[]::new);
    List<Ring> rings = new ArrayList<>();
    for (QmpReply reply : monitor.apply(queries)) {
      JsonObject queue = reply.orThrow(guest).getAsJsonObject();
      long address = number(queue, "vring-avail");
      if (address != 0) {
        rings.add(new Ring(address, ENTRIES + 2 * number(queue, "vring-num")));
      }
    }
    return rings;
  }

  private static long number(JsonObject object, String key) {
    JsonElement value = object.get(key);
    if (value == null) {
      throw new IllegalStateException("QEMU named no '" + key + "' of a transmit queue");
    }
    return value.getAsLong();
  }

  private List<TransmitRing> inImage(List<Ring> rings) {
    if (range == null) {
      range = image.find();
    }
    Command[] queries = rings.stream().map(TransmitRings::mapping).toArray(Command[]::new);
    List<QmpReply> replies = monitor.apply(queries);
    List<TransmitRing> found = new ArrayList<>();
    for (int i = 0; i < rings.size(); i++) {
      String words = replies.get(i).orThrow(guest).getAsString();
      Matcher matcher = HOST_ADDRESS.matcher(words);
      if (!matcher.find()) {
        throw new IllegalStateException("QEMU gave no host address: '" + words.strip() + "'");
      }
      long offset = Long.parseUnsignedLong(matcher.group(1), 16) - range.hostVirtualStart();
      if (offset < 0 || offset + rings.get(i).size() > range.length() || offset % 2 != 0) {
        throw new IllegalStateException(
            "QEMU named a transmit ring at offset "
                + offset
                + ", expected an even one in an image of "
                + range.length()
                + " bytes");
      }
      found.add(new TransmitRing(offset + INDEX));
    }
    return found;
  }

  private static Command query(String device) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("path", device);
    arguments.addProperty("queue", TRANSMIT);
    return new Command("x-query-virtio-queue-status", arguments);
  }

  private static Command mapping(Ring ring) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("command-line", "gpa2hva 0x" + Long.toHexString(ring.address()));
    return new Command("human-monitor-command", arguments);
  }
}
