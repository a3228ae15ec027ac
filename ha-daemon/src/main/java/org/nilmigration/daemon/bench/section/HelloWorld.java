package org.nilmigration.daemon.bench.section;

/** The least that a program in Java does; see {@link Startup}. */
final class HelloWorld {
  private HelloWorld() {}

  public static void main(String[] arguments) {
    System.out.println("hello, world");
  }
}
