package org.nilmigration.daemon.nilctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and answers as bytes; {@code NilctlIT} sends them. */
class HttpExchangeTest {
  private static HttpExchange answer(String text) throws IOException {
    return HttpExchange.answer(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String sent(HttpExchange.Request request) {
    return new String(request.bytes("127.0.0.1:7400"), StandardCharsets.UTF_8);
  }

  @Test
  void aQuestionHasNoBody() {
    assertThat(sent(new HttpExchange.Request("GET", "/vms?a=b", "abc", null, null)))
        .startsWith(
            "GET /vms?a=b HTTP/1.0\r\nHost: 127.0.0.1:7400\r\nAuthorization: Bearer abc\r\n")
        .endsWith("\r\n\r\n")
        .doesNotContain("Content");
  }

  @Test
  void theLengthOfABodyIsInBytes() {
    assertThat(sent(new HttpExchange.Request("PUT", "/vms/a", "abc", "application/yaml", "\u00e4")))
        .contains("\r\nContent-Type: application/yaml\r\nContent-Length: 2\r\n")
        .endsWith("\r\n\r\n\u00e4");
    assertThat(sent(new HttpExchange.Request("POST", "/vms/a/start", "abc", null, null)))
        .contains("\r\nContent-Length: 0\r\n")
        .doesNotContain("Content-Type");
  }

  @Test
  void anAnswerEndsAtItsLengthOrWithTheConnection() throws IOException {
    assertThat(answer("HTTP/1.1 200 OK\r\ncontent-LENGTH: 2 \r\nX: y\r\n\r\n\u00e4more"))
        .isEqualTo(new HttpExchange(200, "\u00e4"));
    assertThat(answer("HTTP/1.0 404\r\n\r\nno such")).isEqualTo(new HttpExchange(404, "no such"));
    assertThat(answer("HTTP/1.1 204 No Content\r\n\r\n")).isEqualTo(new HttpExchange(204, ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"
      })
  void whatIsNoAnswerIsAFailure(String text) {
    assertThatThrownBy(() -> answer(text)).isInstanceOf(IOException.class);
  }

  @Test
  void aHeadWithoutAnEndIsNotReadForEver() {
    assertThatThrownBy(() -> answer("HTTP/1.1 200 OK\r\nX: " + "y".repeat(10_000)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no whole line");
  }
}
