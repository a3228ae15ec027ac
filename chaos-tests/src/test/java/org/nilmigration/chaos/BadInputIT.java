package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.LabOptions;

/** Wrong input ends in one sentence, leaves nothing half-started, and touches no other guest. */
class BadInputIT {
  @RegisterExtension private final Labs labs = new Labs();

  private static GuestConfig good(GuestImage image) {
    return LabGuest.config("good", image, MachineType.MICROVM, "", "A");
  }

  private static PlacementDocument awaitFailed(Lab lab, String guest) {
    return Await.until(
        "guest " + guest + " has failed",
        GuestStory.SOON,
        () ->
            Optional.ofNullable(lab.host("A").api().guest(guest).placement())
                .filter(placement -> placement.state().equals("FAILED")));
  }

  private static long files(Lab lab, String guest) throws IOException {
    Path directory = lab.region().resolve("guests").resolve(guest);
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().matches(".*\\.(img|log)")).count();
    }
  }

  @Test
  void aHostWithoutQemuSaysSoAndDoesNotStart() {
    Lab lab = labs.prepare(LabOptions.twoHosts().withQemu("qemu-that-is-not-there"));

    assertThatThrownBy(() -> lab.host("A").start())
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("qemu-that-is-not-there");
    assertThat(lab.host("A").isRunning()).isFalse();
  }

  @Test
  void aGuestThatCannotBeStartedFailsAloneAndCanBeCorrected() throws IOException {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestImage image = GuestImage.find();
    GuestStory good = GuestStory.begin(lab, good(image), "B");
    Path kernel = Files.writeString(lab.scratch().resolve("kernel"), "not a kernel");
    GuestImage broken = new GuestImage(kernel, image.initrd());

    lab.host("A").api().apply(LabGuest.config("bad", broken, MachineType.Q35, "", "A"));

    assertThat(awaitFailed(lab, "bad").note()).contains("kernel");
    assertThat(Qemus.of(lab.host("A"))).hasSize(1);
    assertThat(files(lab, "bad")).isZero();
    good.goesOn();

    lab.host("A").api().stop("bad");
    lab.host("A").api().apply(LabGuest.config("bad", image, MachineType.Q35, "", "A"));
    lab.host("A").api().start("bad");
    LabGuest corrected = new LabGuest(lab, "bad");
    corrected.awaitTicks(corrected.mark("A"), 1, GuestStory.SOON);
    good.goesOn();
  }

  @Test
  void aKernelThatIsNotThereIsNamed() {
    Lab lab = labs.start(LabOptions.twoHosts().withHosts("A"));
    GuestImage image = GuestImage.find();
    GuestImage missing = new GuestImage(Path.of("/no/such/vmlinuz"), image.initrd());

    lab.host("A").api().apply(LabGuest.config("bad", missing, MachineType.MICROVM, "", "A"));

    assertThat(awaitFailed(lab, "bad").note()).contains("/no/such/vmlinuz");
    assertThat(Qemus.of(lab.host("A"))).isEmpty();
  }

  @Test
  void aGuestThatDoesNotFitTheRegionFailsAlone() throws IOException {
    Lab lab = labs.start(LabOptions.twoHosts().withRegion(ByteSize.ofMiB(700)));
    GuestImage image = GuestImage.find();
    GuestStory good = GuestStory.begin(lab, good(image), "B");
    GuestConfig tooLarge =
        new GuestConfig(
            "large",
            ByteSize.ofMiB(2048),
            1,
            MachineType.MICROVM,
            null,
            image.kernel(),
            image.initrd(),
            "console=ttyS0 pci=off",
            null,
            NetworkConfig.NONE,
            List.of(),
            "A");

    lab.host("A").api().apply(tooLarge);

    assertThat(awaitFailed(lab, "large").note()).contains("region");
    assertThat(files(lab, "large")).isZero();
    good.goesOn();
    good.crash();
    good.goesOn();
  }

  private static GuestConfig onNetwork(String name, NicConfig nic) {
    GuestConfig g = LabGuest.config(name, GuestImage.find(), "", new LabNic(1), "A");
    return new GuestConfig(
        g.name(),
        g.memory(),
        g.vcpus(),
        g.machine(),
        g.cpu(),
        g.kernel(),
        g.initrd(),
        g.append(),
        g.disk(),
        new NetworkConfig(List.of(nic), OutputMode.COMMIT),
        g.qemuArgs(),
        g.host());
  }

  private static void occupy(LabHost host, String name) throws IOException, InterruptedException {
    String network = "--net=/proc/" + host.init().orElseThrow().pid() + "/ns/net";
    Process ip =
        new ProcessBuilder("nsenter", network, "ip", "link", "add", name, "type", "bridge")
            .inheritIO()
            .start();
    assertThat(ip.waitFor()).isZero();
  }

  @Test
  void aNetworkThatCannotBeIsNamedBeforeAnythingStarts() throws Exception {
    Lab lab = labs.start(LabOptions.twoHosts().withHosts("A"));
    LabHost a = lab.host("A");
    NicConfig good = new LabNic(1).config();

    a.api().apply(onNetwork("lost", new NicConfig("nobridge", good.tap(), good.mac())));
    assertThat(awaitFailed(lab, "lost").note()).contains("no interface 'nobridge'");

    NicConfig sameMac = new NicConfig(good.bridge(), "other", good.mac());
    assertThatThrownBy(() -> a.api().apply(onNetwork("twin", sameMac)))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining(good.mac() + ", which guest lost has");
    NicConfig sameTap = new NicConfig(good.bridge(), good.tap(), new LabNic(2).mac());
    assertThatThrownBy(() -> a.api().apply(onNetwork("twin", sameTap)))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining(good.tap() + ", which guest lost has");
    assertThat(a.api().guests()).hasSize(1);

    occupy(a, "taken");
    NicConfig taken = new NicConfig(good.bridge(), "taken", new LabNic(2).mac());
    a.api().apply(onNetwork("late", taken));
    assertThat(awaitFailed(lab, "late").note()).contains("'taken' exists on this host already");
    assertThat(Qemus.of(a)).isEmpty();
  }

  @Test
  void aRemovedGuestLeavesNothing() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, good(GuestImage.find()), "B");

    story.ownerHost().api().remove("good");

    boolean gone =
        Await.until(
            "guest good is gone from both hosts and the region",
            GuestStory.SOON,
            () ->
                Optional.of(true)
                    .filter(unused ->
                        lab.host("A").api().guests().isEmpty()
                            && Qemus.of(lab.host("A")).isEmpty()
                            && Qemus.of(lab.host("B")).isEmpty()
                            && !Files.exists(lab.region().resolve("guests/good"))));
    assertThat(gone).isTrue();
  }
}
