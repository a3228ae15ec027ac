package org.nilmigration.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not a readable YAML document at all. */
class YamlTextTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|g:1:1: found an empty document,",
        "'# only a comment'|g:1:1: found an empty document,",
        "'name: [a\n'|g:2:1: found malformed YAML (",
        "'name: a\n\tb: c'|g:2:1: found malformed YAML (",
        "'a: 1\n---\nb: 2'|g:2:1: found malformed YAML (",
        "'name: *nowhere'|g:1:7: found malformed YAML (",
        "'just text'|g:1:1: found 'just text', expected a mapping",
        "'[a, b]'|g:1:1: found a list, expected a mapping",
      })
  void saysWhere(String yaml, String start) {
    assertThatThrownBy(() -> ConfigFiles.guest(yaml, "g"))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.CONFIG))
        .hasMessageStartingWith(start);
  }

  @Test
  void unreadableFiles() throws IOException {
    Path absent = directory.resolve("absent.yaml");
    assertFault(absent, absent + ": found no such file, expected");

    assertFault(directory, directory + ": found a directory, expected");

    Path binary = Files.write(directory.resolve("binary"), new byte[] {'a', (byte) 0xff, 'b'});
    assertFault(binary, binary + ": found bytes that are not UTF-8, expected");

    Path huge = Files.writeString(directory.resolve("huge"), "#".repeat((1 << 20) + 1));
    assertFault(huge, huge + ": found more than 1 MiB, expected");
  }

  private static void assertFault(Path file, String start) {
    assertThatThrownBy(() -> ConfigFiles.host(file))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.CONFIG))
        .hasMessageStartingWith(start);
  }
}
