package org.nilmigration.daemon.api;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.Strictness;

/**
 * JSON of the REST interface: names are those of the record components, absent values are {@code
 * null}, text is UTF-8.
 */
public final class Json {
  private static final Gson GSON =
      new GsonBuilder()
          .serializeNulls()
          .disableHtmlEscaping()
          .setPrettyPrinting()
          .setStrictness(Strictness.STRICT)
          .create();

  private Json() {}

  public static String write(Object document) {
    return GSON.toJson(document);
  }

  /**
   * Reads a document.
   *
   * @throws com.google.gson.JsonParseException when the text is not JSON of that shape
   */
  public static <T> T read(String json, Class<T> type) {
    return GSON.fromJson(json, type);
  }
}
