package org.nilmigration.failover.placement;

import org.nilmigration.failover.json.StrictJson;

/** Placement as the JSON of its znode. Unknown, missing and contradicting fields are refused. */
public final class PlacementCodec {
  private PlacementCodec() {}

  public static byte[] encode(Placement placement) {
    return StrictJson.write(placement);
  }

  /** Reads a placement; {@code where} names the znode for the reader of a fault. */
  public static Placement decode(byte[] json, String where) {
    return StrictJson.read(Placement.class, json, where);
  }
}
