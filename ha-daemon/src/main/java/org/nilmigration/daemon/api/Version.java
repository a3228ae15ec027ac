package org.nilmigration.daemon.api;

/** Version of these programs, from the manifest of their jar. */
public final class Version {
  private Version() {}

  public static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }
}
