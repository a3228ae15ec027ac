package org.nilmigration.daemon.bench.floor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nilmigration.daemon.bench.report.Samples;

class WriteProtectFaultIT {
  @Test
  void aFaultCostsSomething() {
    Samples fault = WriteProtectFault.measure(2000);
    assertThat(fault.count()).isEqualTo(2000);
    assertThat(fault.medianMillis()).isBetween(0.0001, 1.0);
  }
}
