package org.nilmigration.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A YAML document and its origin: read, and composed into nodes that know their line and column.
 */
record YamlText(String text, String origin) {
  private static final int CHARACTERS_MAX = 1 << 20;

  static YamlText read(Path file) {
    try {
      if (Files.size(file) > CHARACTERS_MAX) {
        throw unreadable(file, "more than 1 MiB", null);
      }
      return new YamlText(Files.readString(file), file.toString());
    } catch (NoSuchFileException absent) {
      throw unreadable(file, "no such file", absent);
    } catch (CharacterCodingException notUtf8) {
      throw unreadable(file, "bytes that are not UTF-8", notUtf8);
    } catch (IOException e) {
      String reason = Files.isDirectory(file) ? "a directory" : e.getMessage();
      throw unreadable(file, reason, e);
    }
  }

  private static FaultException unreadable(Path file, String found, Throwable cause) {
    return new FaultException(
        FaultKind.CONFIG,
        "%s: found %s, expected a readable YAML file in UTF-8; correct the path or the file"
            .formatted(file, found),
        cause);
  }

  Node compose() {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(origin)
            .setAllowDuplicateKeys(true) // reported by Section, with both places
            .setCodePointLimit(CHARACTERS_MAX)
            .build();
    try {
      Optional<Node> document = new Compose(settings).composeString(text);
      return document.orElseThrow(() -> notYaml(1, 1, "an empty document", null));
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> at = e.getProblemMark().or(e::getContextMark);
      throw notYaml(
          at.map(m -> m.getLine() + 1).orElse(1),
          at.map(m -> m.getColumn() + 1).orElse(1),
          "malformed YAML (" + e.getProblem() + ")",
          e);
    } catch (YamlEngineException e) {
      String firstLine = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw notYaml(1, 1, "malformed YAML (" + firstLine + ")", e);
    }
  }

  private FaultException notYaml(int line, int column, String found, Throwable cause) {
    return new FaultException(
        FaultKind.CONFIG,
        "%s:%d:%d: found %s, expected one YAML document of lines key: value; correct it there"
            .formatted(origin, line, column, found),
        cause);
  }
}
