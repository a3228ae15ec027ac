package org.nilmigration.daemon.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The subcommands of a command, in the order of its help. Instead of picocli's own attribute, with
 * which every start makes every command: see {@link Cli#commandLine}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Subcommands {
  /** Classes with picocli's {@code @Command}. */
  Class<?>[] value();
}
