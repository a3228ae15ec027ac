package org.nilmigration.migration.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.NicConfig;

class GuestLinksTest {
  private final Host host = new Host();
  private final GuestLinks links =
      new GuestLinks(
          "web",
          List.of(
              new NicConfig("br0", "web0", "52:54:00:12:34:56"),
              new NicConfig("br1", "web1", "52:54:00:12:34:57")),
          host);

  /** A host where all goes well, but for what a test sets. */
  private static final class Host implements Links {
    final List<String> done = new ArrayList<>();
    String kind = "bridge";
    Refusal refusal = Refusal.NONE;
    String words = "";

    @Override
    public List<String> names() {
      return List.of();
    }

    @Override
    public String kind(String name) {
      return kind;
    }

    @Override
    public Refusal tryTap(String name) {
      done.add("try " + name);
      return refusal;
    }

    @Override
    public Refusal up(String name) {
      done.add("up " + name);
      return refusal;
    }

    @Override
    public String ip(List<String> arguments) {
      done.add("ip " + String.join(" ", arguments));
      return words;
    }
  }

  @Test
  void looksAtEveryNicBeforeTheStart() {
    links.requireStartable();
    assertThat(host.done).containsExactly("try web0", "try web1");
  }

  @Test
  void aMissingBridgeIsNamedWithTheRemedy() {
    host.kind = null;
    assertFault(links::requireStartable, FaultKind.UNAVAILABLE)
        .contains("guest 'web'", "'nics[0].bridge'", "no interface 'br0'", "ip link add br0");
    assertThat(host.done).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"tun,of kind 'tun'", "'',found the interface 'br0'"})
  void whatIsNoBridgeIsNamed(String kind, String words) {
    host.kind = kind;
    assertFault(links::requireStartable, FaultKind.CONFIG)
        .contains(words, "expected a Linux bridge");
  }

  @ParameterizedTest
  @CsvSource({
    "TUNSETIFF, 16, an interface 'web0' exists on this host already",
    "TUNSETIFF, 1, run nild as root",
    "open, 13, CAP_NET_ADMIN",
    "open, 2, /dev/net/tun is missing",
    "open, 6, modprobe tun",
    "open, 19, modprobe tun",
    "TUNSETIFF, 22, cannot be made",
  })
  void aTapThatCannotBeMadeIsNamedWithErrnoAndRemedy(String step, int errno, String words) {
    host.refusal = new Links.Refusal(step, errno);
    assertFault(links::requireStartable, FaultKind.UNAVAILABLE)
        .contains("'nics[0].tap'", step + ": errno " + errno, words);
  }

  @Test
  void aTapGetsAnAddressOfItsOwnAndItsBridgeAndStaysDown() {
    links.attach();
    assertThat(host.done)
        .contains(
            "ip link set dev web0 address fe:54:00:12:34:56 master br0",
            "ip link set dev web1 address fe:54:00:12:34:57 master br1")
        .noneMatch(step -> step.startsWith("up"));
  }

  @Test
  void theAddressOfAPortIsNeverTheGuests() {
    assertThat(GuestLinks.portAddress("fe:00:00:00:00:01")).isEqualTo("fa:00:00:00:00:01");
  }

  @Test
  void iproute2sOwnWordsAreInTheFault() {
    host.words = "RTNETLINK answers: Operation not permitted";
    assertFault(links::attach, FaultKind.UNAVAILABLE)
        .contains("'ip link set dev web0 ", "RTNETLINK answers: Operation not permitted");
  }

  @Test
  void aLinkThatStaysDownIsAFault() {
    host.refusal = new Links.Refusal("SIOCGIFFLAGS", 19);
    assertFault(links::up, FaultKind.UNAVAILABLE).contains("'web0'", "SIOCGIFFLAGS: errno 19");
  }

  private static AbstractStringAssert<?> assertFault(ThrowingCallable call, FaultKind kind) {
    FaultException[] fault = new FaultException[1];
    assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class, e -> fault[0] = e);
    assertThat(fault[0].kind()).isEqualTo(kind);
    return assertThat(fault[0].getMessage());
  }
}
