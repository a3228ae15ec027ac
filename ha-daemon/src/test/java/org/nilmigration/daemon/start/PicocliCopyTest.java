package org.nilmigration.daemon.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The copy that the start cache holds, of the picocli that we use. */
class PicocliCopyTest {
  private static final String CLASS = ".class";

  @TempDir private Path directory;

  @Test
  void everyClassIsRenewedPassesTheVerifierAndLacksWhatNilctlDoesNotUse() throws Exception {
    Path copy = directory.resolve("picocli.jar");
    assertThat(PicocliCopy.copy(jar(), copy)).isEqualTo(3);
    try (JarFile jar = new JarFile(copy.toFile());
        URLClassLoader loader = new URLClassLoader(new URL[] {copy.toUri().toURL()}, null)) {
      for (String name : names(jar)) {
        byte[] bytes = jar.getInputStream(jar.getEntry(name)).readAllBytes();
        assertThat(ClassFile.of().parse(bytes).majorVersion())
            .as(name)
            .isEqualTo(ClassFile.JAVA_8_VERSION);
        String type = name.substring(0, name.length() - CLASS.length()).replace('/', '.');
        assertThat(Class.forName(type, true, loader).getClassLoader()).isSameAs(loader);
      }
    }
  }

  @Test
  void nothingIsMissing() throws IOException {
    Path copy = directory.resolve("picocli.jar");
    PicocliCopy.main(new String[] {jar().toString(), copy.toString()});
    try (JarFile from = new JarFile(jar().toFile());
        JarFile to = new JarFile(copy.toFile())) {
      assertThat(to.stream().map(JarEntry::getName))
          .containsExactlyElementsOf(from.stream().map(JarEntry::getName).toList());
    }
  }

  private static Path jar() {
    return Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().getPath());
  }

  private static List<String> names(JarFile jar) {
    return jar.stream()
        .map(JarEntry::getName)
        .filter(name -> name.endsWith(CLASS) && !name.endsWith("module-info.class"))
        .toList();
  }
}
