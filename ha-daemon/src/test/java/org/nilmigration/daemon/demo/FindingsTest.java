package org.nilmigration.daemon.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.lab.RedisWriter;

class FindingsTest {
  private final Findings findings = new Findings("microvm", "tcg");

  private static HistoryDocument takeover(long suspected, long running) {
    return record(
        "TAKEOVER",
        Map.of(
            "suspectedNanos", Long.toString(suspected),
            "runningNanos", Long.toString(running)),
        Map.of());
  }

  private static HistoryDocument record(
      String kind, Map<String, String> evidence, Map<String, Double> timings) {
    return new HistoryDocument(
        "rec-1", kind, "demo", "B", "A", 3, 77, "2026-01-01T00:00:00Z", "", evidence, timings);
  }

  private JsonObject json() {
    return JsonParser.parseString(Json.write(findings.report())).getAsJsonObject();
  }

  @Test
  void jsonHasTheDocumentedKeys() {
    findings.handoff(
        record("SWITCHOVER", Map.of(), Map.of("blackout", 2.5)),
        new OperationDocument(
            "op-1", "MIGRATE", "demo", null, "B", false, null, "DONE", null, 0, Map.of(),
            List.of()),
        40);
    findings.pauses(
        new RoleDocument(
            "OWNER",
            "PROTECTED",
            true,
            120,
            110L,
            2.25,
            4.5,
            70_000L,
            "HELD",
            90L,
            12L,
            "runs",
            null));
    findings.takeover(takeover(151_000_000, 171_000_000), 1_000_000, Duration.ofMillis(21));
    findings.repeatedTicks(1);
    findings.guest(new DemoReport.Guest(true, true, 0, 12, 90L));
    findings.epochs(400);
    findings.silenceInMove(61.5);
    findings.silenceInCrash(402.0);
    findings.client(new RedisWriter.Verdict(9000, 0, 0, true, List.of()));

    JsonObject document = json();

    assertThat(document.get("ok").getAsBoolean()).isTrue();
    JsonObject handoff = document.getAsJsonObject("handoff");
    assertThat(handoff.get("blackout_ms").getAsDouble()).isEqualTo(2.5);
    JsonObject takeover = document.getAsJsonObject("takeover");
    assertThat(takeover.get("detection_ms").getAsDouble()).isEqualTo(150);
    assertThat(takeover.get("resume_ms").getAsDouble()).isEqualTo(20);
    assertThat(takeover.get("last_commit_age_ms_max").getAsDouble()).isEqualTo(21);
    JsonObject epoch = document.getAsJsonObject("epoch");
    assertThat(epoch.get("count").getAsLong()).isEqualTo(400);
    assertThat(epoch.getAsJsonObject("pause_ms").get("p50").getAsDouble()).isEqualTo(2.25);
    assertThat(epoch.getAsJsonObject("pause_ms").get("p99").getAsDouble()).isEqualTo(4.5);
    JsonObject guest = document.getAsJsonObject("guest");
    assertThat(guest.get("same_boot").getAsBoolean()).isTrue();
    assertThat(guest.get("counter_monotonic").getAsBoolean()).isTrue();
    assertThat(guest.get("memory_errors").getAsInt()).isZero();
    JsonObject client = document.getAsJsonObject("client");
    assertThat(client.get("acknowledged").getAsLong()).isEqualTo(9000);
    assertThat(client.get("lost").getAsLong()).isZero();
    assertThat(client.get("applied_twice").getAsLong()).isZero();
    assertThat(client.get("same_connection").getAsBoolean()).isTrue();
    assertThat(client.get("silence_in_move_ms").getAsDouble()).isEqualTo(61.5);
    assertThat(client.get("silence_in_crash_ms").getAsDouble()).isEqualTo(402);
    assertThat(DemoText.of(findings.report()))
        .contains("9000 writes acknowledged, 0 lost, 0 applied twice; same TCP connection yes");
  }

  @Test
  void aLostWriteDoesNotHold() {
    findings.client(new RedisWriter.Verdict(9000, 1, 0, true, List.of("INCR answered 4")));

    assertThat(findings.report().faults()).containsExactly("INCR answered 4");
  }

  @Test
  void aDemoThatStoppedEarlyIsStillOneDocument() {
    findings.fault("the guest did not boot");

    JsonObject document = json();

    assertThat(document.get("ok").getAsBoolean()).isFalse();
    assertThat(document.getAsJsonObject("handoff").get("blackout_ms").isJsonNull()).isTrue();
    assertThat(DemoText.of(findings.report()))
        .contains("did not hold: the guest did not boot", "FAILED");
  }

  @Test
  void aSuspicionBeforeTheKillDoesNotHold() {
    findings.takeover(takeover(5_000_000, 9_000_000), 8_000_000, Duration.ZERO);

    assertThat(findings.report().ok()).isFalse();
    assertThat(findings.report().faults().getFirst()).contains("before it was killed");
  }

  @Test
  void memoryErrorsDoNotHold() {
    findings.guest(new DemoReport.Guest(true, true, 2, 12, 90L));

    assertThat(findings.report().faults()).singleElement().asString().contains("2 errors");
  }

  @Test
  void aRecordWithoutItsStampsIsAFaultThatNamesThem() {
    HistoryDocument record = record("TAKEOVER", Map.of(), Map.of());

    assertThatThrownBy(() -> findings.takeover(record, 1, Duration.ZERO))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("suspectedNanos");
  }

  @Test
  void theTimelineIsInTheOrderOfTime() {
    long now = System.nanoTime();
    findings.event(now + 2_000_000, "second");
    findings.event(now + 1_000_000, "first");

    assertThat(findings.report().timeline())
        .extracting(DemoReport.Event::event)
        .containsExactly("first", "second");
  }
}
