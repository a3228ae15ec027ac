package org.nilmigration.daemon.nild;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.daemon.cli.Cli;
import org.nilmigration.daemon.cli.VersionProvider;
import org.nilmigration.heartbeat.RealTimeProcess;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Entry point of {@code nild}. */
@Command(
    name = "nild",
    description = {
      "Runs one host of a nil-migration HA cluster until SIGTERM or SIGINT,",
      "which hand its guests over to their standbys first, or as 'onStop' says."
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false)
public final class NildMain implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = Cli.DEFAULT_CONFIG,
      description = "the host's YAML file (default: ${DEFAULT-VALUE})")
  private Path config;

  private NildMain() {}

  public static void main(String[] arguments) {
    System.exit(Cli.execute(new NildMain(), arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    RealTimeProcess.raise();
    Nild nild = new Nild(ConfigFiles.host(config));
    Thread onSignal = new Thread(() -> stop(nild), "shutdown");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      nild.start();
    } catch (RuntimeException e) {
      nild.close();
      Runtime.getRuntime().removeShutdownHook(onSignal);
      throw e;
    }
    Preload.start();
    new CountDownLatch(1).await();
    return 0;
  }

  /** An orderly end is a success, whatever signal asked for it: so it exits 0, not 128 + signal. */
  private static void stop(Nild nild) {
    LoggerFactory.getLogger(NildMain.class).info("stopping");
    nild.close();
    Runtime.getRuntime().halt(0);
  }
}
