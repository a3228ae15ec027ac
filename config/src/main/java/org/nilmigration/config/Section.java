package org.nilmigration.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One YAML mapping while it is read. Each getter notes a fault and returns null when the value is
 * wrong, so that reading goes on and {@link Faults} ends with all of them.
 */
final class Section {
  /** One scalar of a list, with the place to report it at. */
  record Item(String text, Node node, String path) {}

  private final Faults faults;
  private final MappingNode mapping;
  private final String prefix;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Node> keys = new LinkedHashMap<>();
  private final Set<String> known = new LinkedHashSet<>();
  private final Set<String> refused = new HashSet<>();

  private Section(MappingNode mapping, String prefix, Faults faults) {
    this.mapping = mapping;
    this.prefix = prefix;
    this.faults = faults;
    for (NodeTuple entry : mapping.getValue()) {
      index(entry);
    }
  }

  private void index(NodeTuple entry) {
    Node keyNode = entry.getKeyNode();
    String key = keyNode instanceof ScalarNode scalar ? scalar.getValue() : describe(keyNode);
    Node first = keys.putIfAbsent(key, keyNode);
    if (first == null) {
      values.put(key, entry.getValueNode());
      return;
    }
    int firstLine = first.getStartMark().orElseThrow().getLine() + 1;
    faults.add(
        keyNode,
        prefix + key,
        "it a second time (first in line " + firstLine + ")",
        "it once",
        "remove one of them");
  }

  /** The whole document as a section; empty, with the fault noted, when it is something else. */
  static Optional<Section> root(Node document, Faults faults) {
    if (document instanceof MappingNode mapping) {
      return Optional.of(new Section(mapping, "", faults));
    }
    faults.add(
        document.getStartMark().orElseThrow(),
        "found " + describe(document) + ", expected a mapping; write lines of the form key: value");
    return Optional.empty();
  }

  boolean has(String key) {
    known.add(key);
    return values.containsKey(key);
  }

  /**
   * All keys, in the order of the file, where people choose them; those that break the rule are
   * faults.
   */
  List<String> names(Rule<String> rule) {
    List<String> names = new ArrayList<>();
    for (String key : values.keySet()) {
      known.add(key);
      if (rule.holds().test(key)) {
        names.add(key);
      } else {
        faults.add(keys.get(key), prefix + key, "'" + key + "'", rule.expected(), rule.remedy());
      }
    }
    return names;
  }

  /** Notes a fault at the key's value, or at the section when the key is absent. */
  void fault(String key, String found, String expected, String remedy) {
    faults.add(values.getOrDefault(key, mapping), prefix + key, found, expected, remedy);
  }

  void faultAt(Item item, String expected, String remedy) {
    faults.add(item.node(), item.path(), "'" + item.text() + "'", expected, remedy);
  }

  /** Judges a value by a rule that needs more than the value itself. */
  <T> void check(String key, T value, Rule<T> rule) {
    if (!rule.holds().test(value)) {
      fault(key, Texts.of(value), rule.expected(), rule.remedy());
    }
  }

  <T> T required(String key, Form<T> form) {
    if (!has(key)) {
      fault(key, "nothing", form.expectedInFull(), "add the key");
      return null;
    }
    return read(key, form);
  }

  <T> T optional(String key, Form<T> form, T fallback) {
    return has(key) ? read(key, form) : fallback;
  }

  /** The nested mapping; empty when it is absent, or is something else, which is a fault. */
  Optional<Section> section(String key) {
    if (!has(key)) {
      return Optional.empty();
    }
    if (values.get(key) instanceof MappingNode nested) {
      return Optional.of(new Section(nested, prefix + key + ".", faults));
    }
    fault(key, describe(values.get(key)), "a mapping", "indent its keys below it");
    return Optional.empty();
  }

  /** The mappings of a list; empty when it is absent. Those that are something else are faults. */
  List<Section> sections(String key) {
    List<Section> sections = new ArrayList<>();
    if (!has(key)) {
      return sections;
    }
    if (!(values.get(key) instanceof SequenceNode sequence)) {
      fault(
          key, describe(values.get(key)), "a list of mappings", "begin each of them with a hyphen");
      return sections;
    }
    for (int i = 0; i < sequence.getValue().size(); i++) {
      Node node = sequence.getValue().get(i);
      String path = prefix + key + "[" + i + "]";
      if (node instanceof MappingNode nested) {
        sections.add(new Section(nested, path + ".", faults));
      } else {
        faults.add(node, path, describe(node), "a mapping", "write lines of the form key: value");
      }
    }
    return sections;
  }

  /** A key that is understood and never accepted, whatever its value. */
  void refuse(String key, String expected, String remedy) {
    if (values.containsKey(key)) {
      refused.add(key);
      fault(key, describe(values.get(key)), expected, remedy);
    }
  }

  /** The texts of a list; empty when it is absent. */
  List<Item> texts(String key, Rule<String> rule) {
    List<Item> items = new ArrayList<>();
    if (!has(key)) {
      return items;
    }
    if (!(values.get(key) instanceof SequenceNode sequence)) {
      fault(key, describe(values.get(key)), "a list of texts", "write lines of the form - text");
      return items;
    }
    for (Node node : sequence.getValue()) {
      String path = prefix + key + "[" + items.size() + "]";
      String text = read(node, path, Form.text(rule));
      items.add(new Item(text == null ? "" : text, node, path));
    }
    return items;
  }

  /** Call last: every key that nobody asked for is a fault. */
  void refuseUnknownKeys() {
    keys.forEach((key, node) -> {
      if (!known.contains(key) && !refused.contains(key)) {
        faults.add(
            node,
            prefix + key,
            "an unknown key",
            "one of " + String.join(", ", known),
            "remove or correct it");
      }
    });
  }

  private <T> T read(String key, Form<T> form) {
    return read(values.get(key), prefix + key, form);
  }

  private <T> T read(Node node, String path, Form<T> form) {
    if (!(node instanceof ScalarNode scalar) || !form.tags().contains(scalar.getTag())) {
      faults.add(node, path, describe(node), form.expected(), form.remedy());
      return null;
    }
    Optional<T> value = form.parser().apply(scalar.getValue());
    if (value.isEmpty()) {
      faults.add(node, path, describe(node), form.expected(), form.remedy());
      return null;
    }
    for (Rule<T> rule : form.rules()) {
      if (!rule.holds().test(value.get())) {
        faults.add(node, path, describe(node), rule.expected(), rule.remedy());
        return null;
      }
    }
    return value.get();
  }

  private static String describe(Node node) {
    return switch (node) {
      case MappingNode mapping -> "a mapping";
      case SequenceNode sequence -> "a list";
      case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "nothing";
      case ScalarNode scalar when scalar.getTag().equals(Tag.BOOL) ->
          "the truth value " + scalar.getValue();
      case ScalarNode scalar when !scalar.getTag().equals(Tag.STR) ->
          "the number " + scalar.getValue();
      case ScalarNode scalar -> "'" + scalar.getValue() + "'";
      default -> "a node of type " + node.getTag();
    };
  }
}
