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
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
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
