package org.nilmigration.daemon.nilctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.api.SpecDocument;
import org.nilmigration.daemon.rest.FakeCluster;

class GuestTextTest {

  /** An open gate alarms only where something can be undone. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "commit | true | HELD | held: output waits for its commit",
        "commit | false | HELD | held: output waits for its commit",
        "commit | false | OPEN | open: output leaves at once, for no standby could take over",
        "commit | true | OPEN | open: output leaves at once",
        "immediate | true | OPEN | open: output leaves at once",
        "immediate | false | OPEN | open: output leaves at once",
      })
  void theGateIsToldInWords(String output, boolean synced, String gate, String said) {
    SpecDocument spec =
        SpecDocument.of(
            ConfigFiles.guest(FakeCluster.yaml("web") + FakeCluster.nics(output), "test"));
    PlacementDocument placement =
        new PlacementDocument("a", synced ? "b" : null, 1, 1, "RUNNING", synced, "CXL", null, null);
    RoleDocument here =
        new RoleDocument(
            "OWNER", "RUNNING", synced, 0, null, null, null, null, gate, null, null, null, null);
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    GuestText.details(new GuestDocument("web", "RUNNING", spec, placement, null, here)).print(out);
    out.flush();
    assertThat(text.toString().lines()).contains("output gate: " + said);
  }
}
