package org.nilmigration.daemon.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RespConnectionTest {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  private RespConnection answering(String text) {
    return new RespConnection(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), sent);
  }

  @Test
  void commandsLeaveTogether() throws IOException {
    RespConnection connection = answering("").command("INCR", "a").command("GET", "ä");
    assertThat(sent.size()).isZero();

    connection.send();

    assertThat(sent.toString(StandardCharsets.UTF_8))
        .isEqualTo("*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$2\r\nä\r\n");
  }

  @Test
  void repliesAreReadOneByOne() throws IOException {
    RespConnection connection = answering("+OK\r\n:12\r\n$2\r\n34\r\n$-1\r\n");

    assertThat(connection.reply()).isEqualTo("OK");
    assertThat(connection.number()).isEqualTo(12);
    assertThat(connection.number()).isEqualTo(34);
    assertThat(connection.reply()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "+O",
        "OK\r\n",
        "-ERR no\r\n",
        "$x\r\n",
        "$5\r\nab",
        "$1\r\nabc\r\n",
        "+a\rb",
        "\r\n"
      })
  void anythingElseIsAFailure(String answer) {
    assertThatThrownBy(() -> answering(answer).reply()).isInstanceOf(IOException.class);
  }
}
