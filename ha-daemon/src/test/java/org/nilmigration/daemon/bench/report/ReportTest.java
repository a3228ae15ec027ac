package org.nilmigration.daemon.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.LongStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ReportTest {
  private static final Machine MACHINE =
      new Machine("EPYC <1>", 2, 24_000, "6.18", "25", "7.2", "tcg", 0.1);

  private static Samples millis(long from, long to) {
    Samples samples = new Samples();
    LongStream.rangeClosed(from, to).map(ms -> ms * 1_000_000).forEach(samples::add);
    return samples;
  }

  @Test
  void percentilesAreSamples() {
    Samples hundred = millis(1, 100);

    assertThat(hundred.minMillis()).isEqualTo(1);
    assertThat(hundred.medianMillis()).isEqualTo(50);
    assertThat(hundred.p99Millis()).isEqualTo(99);
    assertThat(hundred.distribution("x").percentileMillis()).hasSize(101).contains(100.0);
  }

  @Test
  void aGoalBoundsTheRatioWhereThereIsAReference() {
    assertThat(Figure.ratio("a", 10, "floor", 8, Goal.atMost(1.25)).met()).isTrue();
    assertThat(Figure.ratio("a", 10.1, "floor", 8, Goal.atMost(1.25)).met()).isFalse();
    assertThat(Figure.ratio("a", 7, "floor", 8, Goal.atLeast(0.9)).met()).isFalse();
    assertThat(Figure.absolute("a", 7, Goal.atMost(8)).met()).isTrue();
    assertThat(Figure.absolute("a", 7, null).met()).isNull();
  }

  @Test
  void aGoalIsReadAsItIsMeant() {
    assertThat(Goal.atMost(1 / 30.0)).hasToString("<= 1/30");
    assertThat(Goal.atMost(1.25)).hasToString("<= 1.25");
    assertThat(Goal.atMost(0)).hasToString("<= 0");
    assertThat(Goal.atLeast(0.9)).hasToString(">= 0.9");
    assertThat(Goal.atMost(50)).hasToString("<= 50");
  }

  @Test
  void aMissedGoalIsTheReports() {
    Figure met = Figure.absolute("a", 1, Goal.atMost(2));
    Figure missed = Figure.absolute("b", 3, Goal.atMost(2));

    assertThat(new Report("c", MACHINE, List.of(met)).met()).isTrue();
    assertThat(new Report("c", MACHINE, List.of(met, missed)).met()).isFalse();
  }

  @Test
  void theTableNamesWhatAValueIsComparedWith() {
    StringWriter out = new StringWriter();
    Figure figure = Figure.medians("pause_ms.p50", millis(2, 2), "bare", millis(1, 1), null);

    new Report("c", MACHINE, List.of(figure)).printTable(new PrintWriter(out, true));

    assertThat(out.toString()).contains("pause_ms.p50   2.00  bare          1.00   2.00");
  }

  @Test
  void thePageDrawsWhatIsThereAndEscapesIt() throws Exception {
    Figure drawn = Figure.medians("a<b", millis(1, 40), "bare & slow", millis(2, 9), null);

    String page = HtmlPage.of(new Report("nilctl bench", MACHINE, List.of(drawn)));

    assertThat(page).contains("a&lt;b", "bare &amp; slow", "EPYC &lt;1&gt;").doesNotContain("a<b");
    String svg = page.substring(page.indexOf("<svg"), page.indexOf("</svg>") + 6);
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new java.io.StringReader(svg)));
    assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(2);
  }
}
