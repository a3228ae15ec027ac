package org.nilmigration.daemon.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BearerTokenTest {
  private final BearerToken token = new BearerToken("secret");

  @Test
  void onlyTheWholeTokenFits() {
    assertThat(token.isIn("Bearer secret")).isTrue();
    assertThat(token.isIn("bearer  secret ")).isTrue();
    assertThat(token.isIn("Bearer secre")).isFalse();
    assertThat(token.isIn("Bearer secrets")).isFalse();
    assertThat(token.isIn("Bearer SECRET")).isFalse();
    assertThat(token.isIn("secret")).isFalse();
    assertThat(token.isIn(null)).isFalse();
  }

  @Test
  void anEmptyTokenDoesNotExist() {
    assertThatThrownBy(() -> new BearerToken(" ")).isInstanceOf(IllegalArgumentException.class);
  }
}
