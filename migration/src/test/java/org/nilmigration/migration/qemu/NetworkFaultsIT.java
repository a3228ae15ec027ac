package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nilmigration.migration.qemu.BridgeFixture.BRIDGE;
import static org.nilmigration.migration.qemu.BridgeFixture.MAC;
import static org.nilmigration.migration.qemu.BridgeFixture.exists;
import static org.nilmigration.migration.qemu.BridgeFixture.ip;
import static org.nilmigration.migration.qemu.BridgeFixture.isUp;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.migration.hypervisor.GuestProcess;

/** TAP devices come and go with their process, and what cannot work is refused before it starts. */
class NetworkFaultsIT {
  private final QemuFixture fixture = new QemuFixture();
  private BridgeFixture bridge;

  @BeforeEach
  void makeBridge() throws Exception {
    bridge = new BridgeFixture();
  }

  @AfterEach
  void leaveNothingBehind() throws Exception {
    fixture.close();
    if (bridge != null) {
      bridge.close();
    }
  }

  @Test
  void aTapIsOnItsBridgeAndUpUntilItsProcessIsKilled() throws Exception {
    GuestProcess vm = start(firmware(BRIDGE, "t0"), false);
    assertThat(isUp("t0")).isTrue();
    assertThat(ip("link", "show", "dev", "t0")).contains("master " + BRIDGE, "fe:54:00:12:34:56");
    assertThat(ip("-6", "addr", "show", "dev", "t0")).isEmpty();

    ProcessHandle.of(vm.pid()).orElseThrow().destroyForcibly();
    vm.exit().get(10, TimeUnit.SECONDS);
    assertThat(exists("t0")).isFalse();
    start(firmware(BRIDGE, "t0"), false);
  }

  @Test
  void theTapOfAStandbyIsDown() throws Exception {
    start(firmware(BRIDGE, "t0"), true);
    assertThat(isUp("t0")).isFalse();
    assertThat(ip("link", "show", "dev", "t0")).contains("master " + BRIDGE);
  }

  @Test
  void aMissingBridgeIsRefused() throws Exception {
    assertRefused(firmware("br-none", "t0"), FaultKind.UNAVAILABLE, "'br-none'", "ip link add");
  }

  @Test
  void anInterfaceThatIsNoBridgeIsRefused() throws Exception {
    assertRefused(firmware("lo", "t0"), FaultKind.CONFIG, "'lo'", "expected a Linux bridge");
    start(firmware(BRIDGE, "t1"), true);
    assertRefused(firmware("t1", "t0"), FaultKind.CONFIG, "'t1' of kind 'tun'");
  }

  @Test
  void aTapThatExistsIsRefusedEvenWhenNobodyHoldsIt() throws Exception {
    ip("tuntap", "add", "dev", "t0", "mode", "tap");
    try {
      assertThatThrownBy(() -> start(firmware(BRIDGE, "t0"), false))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("an interface 't0' exists on this host already")
          .hasMessageContaining("errno 16");
      assertThat(children()).isZero();
      assertThat(exists("t0")).isTrue();
    } finally {
      ip("link", "del", "t0");
    }
  }

  @Test
  void aStartThatFailsAfterTheTapIsMadeLeavesNoTap() throws Exception {
    GuestConfig guest =
        BridgeFixture.withNetwork(
            fixture.firmware(List.of("-device", "warp-drive")), network(BRIDGE, "t0"));
    assertThatThrownBy(() -> start(guest, false))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("warp-drive");
    assertThat(exists("t0")).isFalse();
    assertThat(children()).isZero();
  }

  private void assertRefused(GuestConfig guest, FaultKind kind, String... words) throws Exception {
    long before = children();
    assertThatThrownBy(() -> start(guest, false))
        .isInstanceOfSatisfying(FaultException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .message()
        .contains(words);
    assertThat(children()).isEqualTo(before);
    assertThat(exists("t0")).isFalse();
  }

  private GuestConfig firmware(String bridgeName, String tap) {
    return BridgeFixture.withNetwork(fixture.firmware(List.of()), network(bridgeName, tap));
  }

  private static NetworkConfig network(String bridgeName, String tap) {
    return new NetworkConfig(List.of(new NicConfig(bridgeName, tap, MAC)), OutputMode.COMMIT);
  }

  private GuestProcess start(GuestConfig guest, boolean incoming) {
    String name = "i" + System.nanoTime();
    return fixture.hypervisor.start(
        fixture.launch(guest, fixture.image(name, guest), name + ".d", incoming));
  }

  private static long children() {
    return ProcessHandle.current().children().count();
  }
}
