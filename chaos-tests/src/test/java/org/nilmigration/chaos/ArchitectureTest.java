package org.nilmigration.chaos;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The one direction of dependence:
 *
 * <pre>
 * config &lt;- heartbeat      &lt;-------------- failover &lt;- ha-daemon &lt;- chaos-tests
 * config &lt;- cxl-checkpoint &lt;- migration &lt;- failover
 * </pre>
 */
@AnalyzeClasses(packages = "org.nilmigration", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String OURS = "org.nilmigration.";

  /** Of our own code, a module sees itself and the named ones only. */
  private static ArchRule module(String name, String... mayUse) {
    DescribedPredicate<JavaClass> allowed = resideInAPackage(OURS + name + "..");
    for (String other : mayUse) {
      allowed = allowed.or(resideInAPackage(OURS + other + ".."));
    }
    return noClasses()
        .that()
        .resideInAPackage(OURS + name + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.nilmigration..")
                .and(DescribedPredicate.not(allowed))
                .as("belong to modules other than %s", String.join(", ", mayUse)))
        .as("module " + name + " uses only " + String.join(", ", mayUse));
  }

  @ArchTest static final ArchRule CONFIG = module("config");

  @ArchTest static final ArchRule HEARTBEAT = module("heartbeat", "config");

  @ArchTest static final ArchRule CHECKPOINT = module("checkpoint", "config");

  @ArchTest static final ArchRule MIGRATION = module("migration", "config", "checkpoint");

  @ArchTest
  static final ArchRule FAILOVER =
      module("failover", "config", "heartbeat", "checkpoint", "migration");

  @ArchTest
  static final ArchRule DAEMON =
      module("daemon", "config", "heartbeat", "checkpoint", "migration", "failover");

  @ArchTest
  static void aForbiddenDependenceIsFound(JavaClasses classes) {
    assertThat(module("failover", "config").evaluate(classes).hasViolation()).isTrue();
  }

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("org.nilmigration.(*).(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule PORTS_DO_NOT_KNOW_QEMU =
      noClasses()
          .that()
          .resideInAnyPackage("..migration.hypervisor..", "..migration.protect..", "..failover..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("..migration.qemu..");

  @ArchTest
  static final ArchRule DECISIONS_ARE_PURE =
      noClasses()
          .that()
          .resideInAPackage("..failover.decision..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "org.apache..",
                  "org.slf4j..",
                  "java.io..",
                  "java.nio..",
                  "java.net..",
                  "java.util.concurrent..",
                  "java.lang.foreign.."))
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule CHECKPOINTS_KNOW_NO_NETWORK =
      noClasses()
          .that()
          .resideInAPackage("..checkpoint..")
          .should()
          .dependOnClassesThat(resideInAnyPackage("java.net..", "com.sun.net..", "org.apache.."));

  @ArchTest
  static final ArchRule ZOOKEEPER_IS_FAILOVERS =
      noClasses()
          .that()
          .resideOutsideOfPackage("..failover..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("org.apache.curator..", "org.apache.zookeeper.."));

  @ArchTest
  static final ArchRule METRICS_AND_COMMANDS_ARE_THE_DAEMONS =
      classes()
          .that()
          .resideOutsideOfPackage("..daemon..")
          .should()
          .onlyDependOnClassesThat(
              DescribedPredicate.not(
                  resideInAnyPackage("picocli..", "io.prometheus..", "com.sun.net.httpserver..")));

  @ArchTest
  static final ArchRule CHRONICLE_IS_CHECKPOINTS =
      noClasses()
          .that()
          .resideOutsideOfPackage("..checkpoint..")
          .should()
          .dependOnClassesThat(resideInAPackage("net.openhft.."));
}
