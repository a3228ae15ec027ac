package org.nilmigration.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "100B, 100",
    "64K, 65536",
    "64KiB, 65536",
    "256MiB, 268435456",
    "8GiB, 8589934592",
    "1 TiB, 1099511627776"
  })
  void readsBinaryUnits(String text, long bytes) {
    assertThat(ByteSize.parse(text)).isEqualTo(new ByteSize(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-1",
        "64KB",
        "1.5G",
        "MiB",
        "64 MB",
        "0x10",
        "9999999999999999999",
        "8388608TiB"
      })
  void refusesTheRestInOneSentence(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.CONFIG))
        .hasMessage(
            "size: found '"
                + text
                + "', expected a size in binary units, such as 256MiB, 64K or 8GiB; correct the"
                + " value");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0B", "1000B", "64KiB", "1536MiB", "8GiB", "3TiB"})
  void printsWhatItReads(String text) {
    assertThat(ByteSize.parse(text)).hasToString(text);
  }

  @Test
  void ordersByBytes() {
    assertThat(ByteSize.parse("1GiB")).isGreaterThan(ByteSize.parse("1023MiB"));
  }
}
