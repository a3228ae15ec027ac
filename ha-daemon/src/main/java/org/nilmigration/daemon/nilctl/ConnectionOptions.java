package org.nilmigration.daemon.nilctl;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.HostConfig;
import org.nilmigration.daemon.api.StateFiles;
import org.nilmigration.daemon.cli.Cli;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which nild to talk to. May stand before and after the command's name; after wins. */
final class ConnectionOptions {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]+");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "a host's YAML file; its nild is asked (default: " + Cli.DEFAULT_CONFIG + ")")
  private Path config;

  @Option(
      names = "--api",
      paramLabel = "URL",
      description = "address of a nild, such as http://127.0.0.1:7400, instead of --config")
  private String api;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "file with the token of that nild, a copy of its stateDir's api.token")
  private Path tokenFile;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** The nild to talk to. */
  ApiClient client() {
    return client(System.getenv());
  }

  ApiClient client(Map<String, String> environment) {
    Optional<Path> given = config();
    Optional<String> url = first(api, before().map(options -> options.api));
    Optional<Path> token = first(tokenFile, before().map(options -> options.tokenFile));
    if (given.isPresent() && url.isPresent()) {
      throw new FaultException(
          FaultKind.USAGE, "found both --config and --api, expected one of them");
    }
    if (given.isEmpty()) {
      url = url.or(() -> Optional.ofNullable(environment.get("NIL_API")));
      token = token.or(() -> Optional.ofNullable(environment.get("NIL_TOKEN_FILE")).map(Path::of));
    }
    if (url.isPresent()) {
      Path file = token.orElseThrow(() -> tokenMissing());
      return new ApiClient(url.get(), file, readToken(file));
    }
    HostConfig host = hostConfig();
    Path file = token.orElse(StateFiles.token(host.stateDir()));
    return new ApiClient(urlOf(host), file, readToken(file));
  }

  /** The host's file: --config, else the default place. */
  HostConfig hostConfig() {
    Path file = config().orElse(Path.of(Cli.DEFAULT_CONFIG));
    if (config().isEmpty() && Files.notExists(file)) {
      throw new FaultException(
          FaultKind.CONFIG,
          "%s: found no such file, expected this host's configuration; name one with --config, or a nild with --api and --token-file (or NIL_API and NIL_TOKEN_FILE)"
              .formatted(file));
    }
    return ConfigFiles.host(file);
  }

  private Optional<Path> config() {
    return first(config, before().map(options -> options.config));
  }

  /** The options that stood before the command's name, empty for the root command itself. */
  private Optional<ConnectionOptions> before() {
    return command.root().userObject() instanceof NilctlMain root && root.connection() != this
        ? Optional.of(root.connection())
        : Optional.empty();
  }

  private static <T> Optional<T> first(T own, Optional<T> before) {
    return own == null ? before : Optional.of(own);
  }

  private static String urlOf(HostConfig host) {
    Path published = StateFiles.url(host.stateDir());
    if (host.api().port() == 0 && Files.exists(published)) {
      try {
        return Files.readString(published).strip();
      } catch (IOException e) {
        throw new FaultException(
            FaultKind.UNAVAILABLE, "%s: cannot be read (%s)".formatted(published, e), e);
      }
    }
    String address = host.api().address();
    return "http://%s:%d"
        .formatted(address.contains(":") ? "[" + address + "]" : address, host.api().port());
  }

  private static FaultException tokenMissing() {
    return new FaultException(
        FaultKind.USAGE,
        "found an API address without a token, expected --token-file (or NIL_TOKEN_FILE) with a"
            + " copy of that host's api.token");
  }

  private static String readToken(Path file) {
    try {
      String token = Files.readString(file).strip();
      if (TOKEN.matcher(token).matches()) {
        return token;
      }
    } catch (CharacterCodingException notText) {
      throw noToken(file, notText);
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "API token %s: cannot be read (%s), expected the token that nild writes when it first starts; start nild, or run this as the user that nild runs as"
              .formatted(file, e.getClass().getSimpleName()),
          e);
    }
    throw noToken(file, null);
  }

  private static FaultException noToken(Path file, Exception cause) {
    return new FaultException(
        FaultKind.CONFIG,
        "API token %s: found something else, expected one line of letters, digits, - and _; name the api.token of a host's stateDir"
            .formatted(file),
        cause);
  }
}
