package org.nilmigration.daemon.nild;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nilmigration.migration.protect.Replica;
import org.slf4j.Logger;

class PreloadTest {
  @Test
  void findsTheClassesBesideOneInAJarOrADirectory() throws Exception {
    assertThat(Preload.names(Replica.class))
        .contains(Replica.class.getName(), Replica.Detached.class.getName())
        .noneMatch(name -> name.endsWith("-info"));
    assertThat(Preload.names(Logger.class)).contains(Logger.class.getName());
    assertThat(Preload.names(PreloadTest.class)).contains(PreloadTest.class.getName());
  }

  @Test
  void everyOneOfThemCanBeLoadedWithoutHarm() throws Exception {
    for (String name : Preload.names(Replica.class)) {
      assertThat(Class.forName(name).getName()).isEqualTo(name);
    }
  }
}
