package org.nilmigration.daemon.rest;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The secret that a request must carry. Compared in constant time. */
public final class BearerToken {
  private static final String SCHEME = "Bearer ";

  private final byte[] secret;

  public BearerToken(String secret) {
    if (secret.isBlank()) {
      throw new IllegalArgumentException("an empty token would let everybody in");
    }
    this.secret = secret.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Whether the value of an {@code Authorization} header carries this token.
   *
   * @param authorization null when the request has no such header
   */
  boolean isIn(String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return false;
    }
    byte[] given = authorization.substring(SCHEME.length()).trim().getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(secret, given);
  }
}
