package org.nilmigration.daemon.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import com.sun.management.UnixOperatingSystemMXBean;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.dropwizard.DropwizardExports;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.mpierce.metrics.reservoir.hdrhistogram.HdrHistogramReservoir;
import org.nilmigration.failover.agent.HostStatus;

/** The figures of one daemon. Any thread. */
public final class Metrics {
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final MetricRegistry registry = new MetricRegistry();
  private final DropwizardExports exports = new DropwizardExports(registry);
  private final Timer requests =
      registry.register("nil_daemon_request_seconds", new Timer(new HdrHistogramReservoir()));

  public Metrics() {
    Runtime runtime = Runtime.getRuntime();
    var jvm = ManagementFactory.getRuntimeMXBean();
    var threads = ManagementFactory.getThreadMXBean();
    gauge("nil_daemon_heap_used_bytes", () -> runtime.totalMemory() - runtime.freeMemory());
    gauge("nil_daemon_heap_max_bytes", runtime::maxMemory);
    gauge("nil_daemon_uptime_seconds", () -> jvm.getUptime() / 1e3);
    gauge("nil_daemon_platform_threads", threads::getThreadCount);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      gauge("nil_daemon_open_files", system::getOpenFileDescriptorCount);
    }
  }

  private void gauge(String name, Gauge<? extends Number> gauge) {
    registry.gauge(name, () -> gauge);
  }

  /** Counts a request that was answered. */
  public void answered(int status, long nanos) {
    requests.update(nanos, TimeUnit.NANOSECONDS);
    registry.counter("nil_daemon_answers_%dxx".formatted(status / 100)).inc();
  }

  /** Everything, in Prometheus' text format 0.0.4. */
  public String prometheusText(HostStatus host) {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    exports.collect().forEach(all::metricSnapshot);
    new HostFigures(host).snapshots().forEach(all::metricSnapshot);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create()
          .write(text, all.build(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
