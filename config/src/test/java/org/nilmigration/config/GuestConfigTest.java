package org.nilmigration.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and defaults of a guest's file. */
class GuestConfigTest {
  @TempDir Path directory;

  private static final GuestConfig FULL =
      new GuestConfig(
          "web-1",
          ByteSize.ofMiB(256),
          2,
          MachineType.MICROVM,
          "max,+x2apic",
          Path.of("/boot/vmlinuz"),
          Path.of("/boot/initrd: #1"),
          "console=ttyS0 quiet \"a b\" 'c'",
          Path.of("/images/disk.raw"),
          new NetworkConfig(
              List.of(
                  new NicConfig("br0", "web0", "52:54:00:12:34:56"),
                  new NicConfig("br.10", "web-1.x_y", "02:00:00:00:00:01")),
              OutputMode.IMMEDIATE),
          List.of("-device", "virtio-rng-device", "-append-like: yes", "true", "12"),
          "host-a",
          MemoryPlacement.LOCAL);

  private static void assertFaults(String yaml, String... lines) {
    assertThatThrownBy(() -> ConfigFiles.guest(yaml, "g"))
        .isInstanceOfSatisfying(
            FaultException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FaultKind.CONFIG);
              assertThat(e.getMessage().lines()).containsExactly(lines);
            });
  }

  @Test
  void defaults() {
    assertThat(ConfigFiles.guest("name: a\nmemory: 64MiB\ndisk: /d\n", "g"))
        .isEqualTo(
            new GuestConfig(
                "a",
                ByteSize.ofMiB(64),
                1,
                MachineType.Q35,
                null,
                null,
                null,
                null,
                Path.of("/d"),
                NetworkConfig.NONE,
                List.of(),
                null));
  }

  @Test
  void everyKeySurvivesYaml() {
    String yaml = ConfigFiles.toYaml(FULL);

    assertThat(ConfigFiles.guest(yaml, "g")).isEqualTo(FULL);
    assertThat(yaml.lines().filter(l -> l.matches("[a-zA-Z].*")).map(l -> l.split(":", 2)[0]))
        .containsExactly(
            "name",
            "memory",
            "vcpus",
            "machine",
            "cpu",
            "kernel",
            "initrd",
            "append",
            "disk",
            "nics",
            "output",
            "qemuArgs",
            "host",
            "placement");
  }

  @Test
  void memoryIsInTheRegionOrAtTheHost() {
    String guest = "name: a\nmemory: 64MiB\ndisk: /d\n";

    assertThat(ConfigFiles.guest(guest, "g").placement()).isEqualTo(MemoryPlacement.CXL);
    assertThat(ConfigFiles.guest(guest + "placement: local\n", "g"))
        .isEqualTo(ConfigFiles.guest(guest, "g").withPlacement(MemoryPlacement.LOCAL));
    assertFaults(
        guest + "placement: near\n",
        "g:4:12: key 'placement': found 'near', expected cxl or local; write it in lower case");
  }

  @Test
  void copiesKeepEverythingElse() {
    assertThat(FULL.withHost("b").withHost("host-a")).isEqualTo(FULL);
    assertThat(FULL.withNetwork(NetworkConfig.NONE).withNetwork(FULL.network())).isEqualTo(FULL);
  }

  @Test
  void aLongCommandLineSurvivesYaml() {
    GuestConfig guest = ConfigFiles.guest("name: a\nmemory: 64MiB\nkernel: /k\n", "g");
    String append = "key=value with  two spaces ".repeat(40).strip();
    GuestConfig longer =
        new GuestConfig(
            guest.name(),
            guest.memory(),
            guest.vcpus(),
            guest.machine(),
            null,
            guest.kernel(),
            null,
            append,
            null,
            NetworkConfig.NONE,
            List.of(),
            null);

    assertThat(ConfigFiles.guest(ConfigFiles.toYaml(longer), "g")).isEqualTo(longer);
  }

  @Test
  void relativePathsResolveAgainstTheFile() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("g.yaml"), "name: a\nmemory: 64MiB\nkernel: boot/../vmlinuz\n");

    assertThat(ConfigFiles.guest(file).kernel()).isEqualTo(directory.resolve("vmlinuz"));
    assertFaults(
        "name: a\nmemory: 64MiB\nkernel: vmlinuz\n",
        "g:3:9: key 'kernel': found 'vmlinuz', expected an absolute path without control"
            + " characters; write the whole path from /");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "web-1", "0", "a2345678901234567890123456789012"})
  void goodNames(String name) {
    assertThat(Rules.GUEST_NAME.holds().test(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-a",
        "a-",
        "A",
        "a_b",
        "a.b",
        "../a",
        "a/b",
        "a2345678901234567890123456789012x"
      })
  void badNames(String name) {
    assertFaults(
        "name: '" + name + "'\nmemory: 64MiB\nkernel: /k\n",
        "g:1:7: key 'name': found '"
            + name
            + "', expected up to 32 lower-case letters, digits and inner hyphens; choose such a"
            + " name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'63MiB'", "'65MiB'", "'2TiB'", "67108865", "0"})
  void memoryIsWholeHugePagesWithinItsRange(String memory) {
    assertThatThrownBy(
            () -> ConfigFiles.guest("name: a\nkernel: /k\nmemory: " + memory + "\n", "g"))
        .hasMessageContaining("g:3:9: key 'memory': found ")
        .hasMessageEndingWith("expected a multiple of 2MiB from 64MiB to 1TiB; choose such a size");
  }

  @Test
  void allFaultsAtOnce() {
    assertFaults(
        """
        name: true
        vcpus: 65
        machine: pc
        qemuArgs: ["-m", 5, {a: b}, "-object", "memory-backend-ram,id=x,size=1G"]
        initrd: /i
        memory: [1]
        vcpu: 1
        """,
        "g:1:1: key 'kernel': found nothing, expected a kernel or a disk; give the key kernel or"
            + " the key disk",
        "g:1:7: key 'name': found the truth value true, expected text; put it in quotes",
        "g:2:8: key 'vcpus': found the number 65, expected a number of vCPUs from 1 to 64; choose"
            + " one in that range",
        "g:3:10: key 'machine': found 'pc', expected microvm or q35; write it in lower case",
        "g:4:12: key 'qemuArgs[0]': found '-m', expected an option the service does not own; use"
            + " the key memory",
        "g:4:18: key 'qemuArgs[1]': found the number 5, expected text; put it in quotes",
        "g:4:21: key 'qemuArgs[2]': found a mapping, expected text; put it in quotes",
        "g:4:40: key 'qemuArgs[4]': found 'memory-backend-ram,id=x,size=1G', expected an option the"
            + " service does not own; remove it, the service sets it itself",
        "g:6:9: key 'memory': found a list, expected a size in binary units, such as 256MiB, 64K"
            + " or 8GiB; correct the value",
        "g:7:1: key 'vcpu': found an unknown key, expected one of name, memory, vcpus, machine,"
            + " cpu, kernel, initrd, append, disk, nics, output, qemuArgs, host, placement; remove or correct it");
  }

  @Test
  void initrdAndAppendNeedAKernel() {
    assertFaults(
        "name: a\nmemory: 64MiB\ndisk: /d\nappend: quiet\n",
        "g:1:1: key 'kernel': found nothing, expected a kernel wherever there is an initrd or"
            + " append; give the key kernel, or remove initrd and append");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-m",
        "--m",
        "-smp",
        "-M",
        "-machine",
        "--machine",
        "-cpu",
        "-kernel",
        "-initrd",
        "-append",
        "-accel",
        "-enable-kvm",
        "-incoming",
        "-qmp",
        "-qmp-pretty",
        "-mon",
        "-daemonize",
        "-S",
        "-preconfig",
        "-snapshot",
        "-loadvm",
        "-mem-path",
        "-mem-prealloc",
        "-readconfig",
        "-m 512",
        "-object memory-backend-file,id=ram",
        "-netdev",
        "-nic",
        "--nic",
        "-net"
      })
  void ownedArgumentsAreRefused(String argument) {
    assertThat(QemuArguments.remedyIfOwned(List.of(argument), 0)).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-device|virtio-net",
        "-device|virtio-net-pci,netdev=n0",
        "--device|virtio-net-device",
        "-device|id=n,driver=virtio-net-pci-non-transitional",
        "-device|{\"id\": \"n\", \"driver\": \"e1000e\"}",
        "-device|e1000-82540em",
        "-device|i82559er",
        "-device|i82801",
        "-device|igb",
        "-device|ne2k_pci",
        "-device|pcnet",
        "-device|pvrdma",
        "-device|rocker",
        "-device|rtl8139",
        "-device|tulip",
        "-device|usb-net",
        "-device|vmxnet3",
        "-object|filter-buffer,id=f,netdev=n0",
        "-object|qom-type=filter-mirror,id=f",
        "-object|{\"qom-type\":\"filter-dump\"}",
        "-object|colo-compare,id=c",
      })
  void networkArgumentsAreRefusedForTheyWouldPassTheGate(String option, String value) {
    assertThat(QemuArguments.remedyIfOwned(List.of(option, value), 0)).isEmpty();
    assertThat(QemuArguments.remedyIfOwned(List.of(option, value), 1).orElseThrow())
        .startsWith("use the key nics");
  }

  @Test
  void argumentsThatPassTheGateAreNamedWhereTheyStand() {
    assertFaults(
        """
        name: a
        memory: 64MiB
        kernel: /k
        qemuArgs:
          - -netdev
          - user,id=n0
          - -device
          - virtio-net-pci,netdev=n0
          - -device
          - vhost-vsock-pci,guest-cid=3
        """,
        "g:5:5: key 'qemuArgs[0]': found '-netdev', expected an option the service does not own;"
            + " use the key nics, for what it sent would leave before its epoch is committed",
        "g:8:5: key 'qemuArgs[3]': found 'virtio-net-pci,netdev=n0', expected an option the service"
            + " does not own; use the key nics, for what it sent would leave before its epoch is"
            + " committed",
        "g:10:5: key 'qemuArgs[5]': found 'vhost-vsock-pci,guest-cid=3', expected an option the"
            + " service does not own; remove it, for what the kernel sends for it would leave"
            + " before its epoch is committed");
  }

  @ParameterizedTest
  @CsvSource({
    "-device,virtio-rng",
    "-object,rng-random",
    "-device,id=netless",
    "m,x",
    "-s,x",
    "-serial,mon:stdio"
  })
  void otherArgumentsAreNot(String argument, String value) {
    assertThat(QemuArguments.remedyIfOwned(List.of(argument, value), 0)).isEmpty();
    assertThat(QemuArguments.remedyIfOwned(List.of(argument, value), 1)).isEmpty();
  }

  @Test
  void recordsRefuseOwnedArgumentsToo() {
    assertThatThrownBy(() ->
            new GuestConfig(
                "a",
                ByteSize.ofMiB(64),
                1,
                MachineType.Q35,
                null,
                Path.of("/k"),
                null,
                null,
                null,
                NetworkConfig.NONE,
                List.of("-S"),
                null))
        .isInstanceOf(FaultException.class)
        .hasMessageStartingWith("key 'qemuArgs[0]': found '-S'");
  }

  @Test
  void missingFilesAreNamedByTheHostThatStartsTheGuest() throws IOException {
    Path kernel = Files.createFile(directory.resolve("vmlinuz"));
    GuestConfig guest =
        ConfigFiles.guest(
            Files.writeString(
                directory.resolve("g.yaml"),
                "name: a\nmemory: 64MiB\nkernel: vmlinuz\ninitrd: initrd\ndisk: .\n"));

    assertThatThrownBy(guest::checkFiles)
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.CONFIG))
        .hasMessage(
            "guest 'a': key 'initrd': found no such file at %s, expected a readable file on this host; put it there or correct the path\n"
                    .formatted(directory.resolve("initrd"))
                + "guest 'a': key 'disk': found a directory at %s, expected a readable file on this host; put it there or correct the path"
                    .formatted(directory));
    assertThat(kernel).isEqualTo(guest.kernel());
  }
}
