package org.nilmigration.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys {@code nics} and {@code output} of a guest's file. */
class NetworkConfigTest {
  private static final String REST = "name: web\nmemory: 64MiB\nkernel: /k\n";

  private static NetworkConfig read(String yaml) {
    return ConfigFiles.guest(REST + yaml, "g").network();
  }

  private static void assertFaults(String yaml, String... lines) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOfSatisfying(
            FaultException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FaultKind.CONFIG);
              assertThat(e.getMessage().lines()).containsExactly(lines);
            });
  }

  @Test
  void defaults() {
    assertThat(read("")).isEqualTo(NetworkConfig.NONE);
    assertThat(read("nics: []\n")).isEqualTo(NetworkConfig.NONE);
    NetworkConfig one = read("nics: [{bridge: br0, tap: web0}]\n");
    assertThat(one.output()).isEqualTo(OutputMode.COMMIT);
    assertThat(one.gated()).isTrue();
  }

  /** An address that changed would cut off every guest that was applied without one. */
  @Test
  void derivedAddressesArePinned() {
    assertThat(read("nics: [{bridge: br0, tap: a}, {bridge: br0, tap: b}]\n").nics())
        .extracting(NicConfig::mac)
        .containsExactly("52:54:00:6e:02:e5", "52:54:00:1f:01:da");
    assertThat(NicConfig.macOf("web-1", 0)).isNotEqualTo(NicConfig.macOf("web", 10));
  }

  @Test
  void aDerivedAddressIsWrittenOut() {
    GuestConfig guest = ConfigFiles.guest(REST + "nics: [{bridge: br0, tap: a}]\n", "g");

    assertThat(ConfigFiles.toYaml(guest))
        .contains("  mac: 52:54:00:6e:02:e5\n", "output: commit\n");
    assertThat(ConfigFiles.guest(ConfigFiles.toYaml(guest), "g")).isEqualTo(guest);
  }

  @Test
  void immediateOutputIsLegalHereAndNeverGated() {
    NetworkConfig network = read("nics: [{bridge: br0, tap: a}]\noutput: immediate\n");

    assertThat(network.output()).isEqualTo(OutputMode.IMMEDIATE);
    assertThat(network.gated()).isFalse();
    assertThat(read("output: immediate\n"))
        .isEqualTo(new NetworkConfig(List.of(), OutputMode.IMMEDIATE));
    assertFaults(
        "output: Immediate\n",
        "g:4:9: key 'output': found 'Immediate', expected commit or immediate; write it in lower"
            + " case");
  }

  @Test
  void upperCaseAddressesAreKeptInLowerCase() {
    assertThat(read("nics: [{bridge: br0, tap: a, mac: 52:54:00:AB:cd:EF}]\n").nics())
        .containsExactly(new NicConfig("br0", "a", "52:54:00:ab:cd:ef"));
    assertThat(new NicConfig("br0", "a", "52:54:00:AB:CD:EF").mac()).isEqualTo("52:54:00:ab:cd:ef");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01:00:5e:00:00:01",
        "ff:ff:ff:ff:ff:ff",
        "00:00:00:00:00:00",
        "53:54:00:12:34:56",
        "52-54-00-12-34-56",
        "52:54:00:12:34",
        "52:54:00:12:34:5",
        "52:54:00:12:34:56:78",
        "52:54:00:12:34:5g",
        ""
      })
  void otherAddressesAreRefused(String mac) {
    assertFaults(
        "nics:\n  - bridge: br0\n    tap: a\n    mac: '" + mac + "'\n",
        "g:7:10: key 'nics[0].mac': found '"
            + mac
            + "', expected a unicast MAC address such as 52:54:00:12:34:56; write six hexadecimal"
            + " octets joined by colons, the first one even");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "a b", "a:b", "tap%d", "-a", "a234567890123456"})
  void otherInterfaceNamesAreRefused(String name) {
    assertFaults(
        "nics:\n  - bridge: '" + name + "'\n    tap: a\n",
        "g:5:13: key 'nics[0].bridge': found '"
            + name
            + "', expected the name of a network interface, up to 15 letters, digits, '_', '.' and"
            + " '-'; choose such a name");
  }

  @Test
  void allFaultsAtOnce() {
    assertFaults(
        """
        nics:
          - tap: 7
            vhost: on
          - bridge: br0
            tap: web0
            mac: 52:54:00:12:34:56
            model: e1000
          - br0
          - bridge: br0
            tap: web0
            mac: 52:54:00:12:34:56
          - bridge: br0
            tap: br0
            vhost: false
        output: true
        """,
        "g:5:5: key 'nics[0].bridge': found nothing, expected the name of a network interface, up"
            + " to 15 letters, digits, '_', '.' and '-'; add the key",
        "g:5:10: key 'nics[0].tap': found the number 7, expected text; put it in quotes",
        "g:6:12: key 'nics[0].vhost': found 'on', expected no such key; remove it: with vhost the"
            + " kernel sends past the gate that holds output until its commit",
        "g:10:5: key 'nics[1].model': found an unknown key, expected one of bridge, tap, mac;"
            + " remove or correct it",
        "g:11:5: key 'nics[2]': found 'br0', expected a mapping; write lines of the form key:"
            + " value",
        "g:13:10: key 'nics[3].tap': found 'web0', expected one that no other NIC of the guest has;"
            + " give this NIC another one with the key tap",
        "g:14:10: key 'nics[3].mac': found '52:54:00:12:34:56', expected one that no other NIC of"
            + " the guest has; give this NIC another one with the key mac",
        "g:16:10: key 'nics[4].tap': found 'br0', expected a name that none of the guest's bridges"
            + " has; choose another name for the TAP device",
        "g:17:12: key 'nics[4].vhost': found the truth value false, expected no such key; remove"
            + " it: with vhost the kernel sends past the gate that holds output until its commit",
        "g:18:9: key 'output': found the truth value true, expected commit or immediate; write it"
            + " in lower case");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nics: br0 | g:4:7: key 'nics': found 'br0', expected a list of mappings; begin each of"
            + " them with a hyphen",
        "nics: {bridge: br0, tap: a} | g:4:7: key 'nics': found a mapping, expected a list of"
            + " mappings; begin each of them with a hyphen",
        "nics: | g:4:6: key 'nics': found nothing, expected a list of mappings; begin each of them"
            + " with a hyphen",
      })
  void nicsAreAList(String yaml, String fault) {
    assertFaults(yaml + "\n", fault);
  }

  @Test
  void eightNicsAreTheMost() {
    List<NicConfig> nine =
        IntStream.range(0, 9)
            .mapToObj(i -> new NicConfig("br0", "web" + i, NicConfig.macOf("web", i)))
            .toList();
    StringBuilder yaml = new StringBuilder("nics:\n");
    nine.forEach(nic -> yaml.append("- {bridge: br0, tap: ").append(nic.tap()).append("}\n"));

    assertThat(new NetworkConfig(nine.subList(0, 8), OutputMode.COMMIT).nics()).hasSize(8);
    assertFaults(
        yaml.toString(), "g:5:1: key 'nics': found 9, expected at most 8 NICs; remove the others");
    assertThatThrownBy(() -> new NetworkConfig(nine, OutputMode.COMMIT))
        .isInstanceOf(FaultException.class)
        .hasMessage("key 'nics': found 9, expected at most 8 NICs; remove the others");
  }

  @Test
  void recordsHoldTheSameRulesWithoutAFile() {
    NicConfig nic = new NicConfig("br0", "web0", "52:54:00:12:34:56");
    assertRefused(nic, new NicConfig("br0", "web0", "02:00:00:00:00:01"), "nics[1].tap");
    assertRefused(nic, new NicConfig("br0", "web1", "52:54:00:12:34:56"), "nics[1].mac");
    assertRefused(nic, new NicConfig("br0", "br0", "02:00:00:00:00:01"), "nics[1].tap");
    assertThatThrownBy(() -> new NicConfig("br0", "web0", "53:54:00:12:34:56"))
        .isInstanceOf(FaultException.class)
        .hasMessageStartingWith("key 'mac': found '53:54:00:12:34:56'");
  }

  private static void assertRefused(NicConfig first, NicConfig second, String key) {
    assertThatThrownBy(() -> new NetworkConfig(List.of(first, second), OutputMode.COMMIT))
        .isInstanceOf(FaultException.class)
        .hasMessageStartingWith("key '" + key + "': found '");
  }
}
