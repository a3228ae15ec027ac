package org.nilmigration.migration.qemu;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.nilmigration.config.FaultException;
import org.nilmigration.migration.gate.FilterBuffer;
import org.nilmigration.migration.gate.FilterBuffers;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * QEMU's {@code filter-buffer} objects. With {@code queue=rx} (seen from the back end) QEMU asks
 * the filters from the tail of their list, where a new one is put by default; so the newest sees a
 * frame first, keeps it, and the older ones see nothing any more.
 */
final class QmpFilterBuffers implements FilterBuffers {
  /** Microseconds of guest time after which a buffer empties itself: the most there is. */
  private static final long INTERVAL_MICROS = 0xFFFF_FFFFL;

  private final String who;
  private final Function<Command[], List<QmpReply>> monitor;

  /**
   * @param monitor sends all commands in one write and returns their replies
   */
  QmpFilterBuffers(String who, Function<Command[], List<QmpReply>> monitor) {
    this.who = who;
    this.monitor = monitor;
  }

  @Override
  public List<Optional<FaultException>> add(List<FilterBuffer> buffers) {
    return run(buffers, QmpFilterBuffers::addition);
  }

  @Override
  public List<Optional<FaultException>> remove(List<FilterBuffer> buffers) {
    return run(buffers, QmpFilterBuffers::removal);
  }

  @Override
  public Set<String> present() {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("path", "/objects");
    Command[] list = {new Command("qom-list", arguments)};
    Set<String> names = new HashSet<>();
    for (JsonElement object : monitor.apply(list).getFirst().orThrow(who).getAsJsonArray()) {
      names.add(object.getAsJsonObject().get("name").getAsString());
    }
    return names;
  }

  @Override
  public List<FilterBuffer> left(List<String> netdevs) {
    List<FilterBuffer> left = new ArrayList<>();
    for (String id : present()) {
      FilterBuffer.numberOf(id)
          .ifPresent(number -> left.add(new FilterBuffer(number, netdevOf(id))));
    }
    left.removeIf(buffer -> !netdevs.contains(buffer.netdev()));
    return left;
  }

  private String netdevOf(String id) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("path", "/objects/" + id);
    arguments.addProperty("property", "netdev");
    Command[] get = {new Command("qom-get", arguments)};
    return monitor.apply(get).getFirst().orThrow(who).getAsString();
  }

  private List<Optional<FaultException>> run(
      List<FilterBuffer> buffers, Function<FilterBuffer, Command> command) {
    if (buffers.isEmpty()) {
      return List.of();
    }
    Command[] commands = buffers.stream().map(command).toArray(Command[]::new);
    return monitor.apply(commands).stream().map(reply -> reply.refusal(who)).toList();
  }

  static Command addition(FilterBuffer buffer) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("qom-type", "filter-buffer");
    arguments.addProperty("id", buffer.id());
    arguments.addProperty("netdev", buffer.netdev());
    arguments.addProperty("queue", "rx");
    arguments.addProperty("interval", INTERVAL_MICROS);
    return new Command("object-add", arguments);
  }

  private static Command removal(FilterBuffer buffer) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("id", buffer.id());
    return new Command("object-del", arguments);
  }
}
