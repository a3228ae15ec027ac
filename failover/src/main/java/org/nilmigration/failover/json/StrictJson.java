package org.nilmigration.failover.json;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * JSON of one record: UTF-8, every component present as a key (null included), no other key.
 * Stateless and safe for any thread.
 */
public final class StrictJson {
  private static final Gson GSON =
      new GsonBuilder()
          .serializeNulls()
          .disableHtmlEscaping()
          .registerTypeAdapter(Instant.class, new InstantAdapter())
          .create();

  private StrictJson() {}

  /** The record as UTF-8 JSON with one key for each of its components. */
  public static byte[] write(Record value) {
    return text(value).getBytes(StandardCharsets.UTF_8);
  }

  /** {@link #write} as text. */
  public static String text(Record value) {
    return GSON.toJson(value);
  }

  /**
   * Reads a record back.
   *
   * @param where names the place for the reader of a fault, such as {@code znode
   *     /vms/web/placement}
   * @throws FaultException ERROR, when the bytes are not exactly that record
   */
  public static <R extends Record> R read(Class<R> type, byte[] json, String where) {
    JsonObject object = object(type, json, where);
    requireExactly(type, object, where);
    try {
      return GSON.fromJson(object, type);
    } catch (RuntimeException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw refused(type, where, "a wrong value", String.valueOf(cause.getMessage()), e);
    }
  }

  private static void requireExactly(Class<?> type, JsonObject object, String where) {
    Set<String> expected =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> found = new TreeSet<>(object.keySet());
    if (!found.equals(expected)) {
      throw refused(type, where, "keys " + found, "exactly " + expected, null);
    }
    for (RecordComponent component : type.getRecordComponents()) {
      JsonElement value = object.get(component.getName());
      if (component.getType().isPrimitive() && value.isJsonNull()) {
        throw refused(type, where, "null in '" + component.getName() + "'", "a value", null);
      }
      if (component.getType().isRecord() && value.isJsonObject()) {
        requireExactly(component.getType(), value.getAsJsonObject(), where);
      }
    }
  }

  private static JsonObject object(Class<?> type, byte[] json, String where) {
    try {
      JsonElement element = JsonParser.parseString(new String(json, StandardCharsets.UTF_8));
      if (element.isJsonObject()) {
        return element.getAsJsonObject();
      }
    } catch (JsonParseException e) {
      throw refused(type, where, json.length + " bytes that are not JSON", "a JSON object", e);
    }
    throw refused(type, where, "JSON that is not an object", "a JSON object", null);
  }

  private static FaultException refused(
      Class<?> type, String where, String found, String expected, Throwable cause) {
    return new FaultException(
        FaultKind.ERROR,
        "%s is not a readable %s: found %s, expected %s; run the same version on every host"
            .formatted(where, type.getSimpleName(), found, expected),
        cause);
  }

  private static final class InstantAdapter extends TypeAdapter<Instant> {
    @Override
    public void write(JsonWriter out, Instant value) throws IOException {
      out.value(value == null ? null : value.toString());
    }

    @Override
    public Instant read(JsonReader in) throws IOException {
      return Instant.parse(in.nextString());
    }
  }
}
