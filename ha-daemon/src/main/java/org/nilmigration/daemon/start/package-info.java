/**
 * What {@code bin/launcher.sh} runs to make the start cache of {@code nilctl}: a copy of picocli
 * that an AOT cache (JEP 483) can hold, then the run of nilctl that the JVM learns from. Nothing of
 * it runs in a nild or in a nilctl that an operator started. One thread, and one that answers the
 * training's requests. Depends on {@code nilctl}.
 */
package org.nilmigration.daemon.start;
