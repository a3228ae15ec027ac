package org.nilmigration.daemon.start;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Copies picocli's jar, so that it starts fast. Its classes are in the format of Java 5, which no
 * AOT cache takes and which is verified the slow way: the copy is in that of Java 8. It also leaves
 * out searches for what nilctl does not have: Groovy's closures, sought in every jar of the class
 * path, and methods that are commands or options, sought in java.lang.Object too.
 */
public final class PicocliCopy {
  private static final int JAVA_8 = ClassFile.JAVA_8_VERSION;
  private static final ClassDesc COLLECTIONS = ClassDesc.of("java.util.Collections");

  /** By name and type of the method, as far as needed: what it does in the copy. */
  private static final Map<String, Consumer<CodeBuilder>> REPLACED =
      Map.of(
          "loadClosureClass()", PicocliCopy::nothing,
          "createMethodSubcommands(Ljava/lang/Class;", PicocliCopy::emptyList,
          "createIfAnnotated(Ljava/lang/reflect/Method;", PicocliCopy::nothing);

  private final ClassFile format = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS);

  private int replaced;

  private PicocliCopy() {}

  /**
   * Makes the copy.
   *
   * @param arguments picocli's jar, which must be on the class path too, and the copy
   */
  public static void main(String[] arguments) throws IOException {
    int unused = copy(Path.of(arguments[0]), Path.of(arguments[1]));
  }

  /** How many methods were replaced. */
  static int copy(Path jar, Path copy) throws IOException {
    PicocliCopy copier = new PicocliCopy();
    try (JarFile from = new JarFile(jar.toFile());
        OutputStream file = Files.newOutputStream(copy);
        ZipOutputStream to = new ZipOutputStream(file)) {
      for (JarEntry entry : (Iterable<JarEntry>) from.stream()::iterator) {
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        to.putNextEntry(new ZipEntry(entry.getName()));
        to.write(isClass(entry.getName()) ? copier.renewed(bytes) : bytes);
        to.closeEntry();
      }
    }
    return copier.replaced;
  }

  private static boolean isClass(String name) {
    return name.endsWith(".class") && !name.endsWith("module-info.class");
  }

  private byte[] renewed(byte[] bytes) {
    ClassModel old = format.parse(bytes);
    ClassTransform methods =
        (type, element) -> {
          if (element instanceof MethodModel method) {
            type.transformMethod(
                method,
                (made, part) -> {
                  if (part instanceof CodeModel code) {
                    Optional<Consumer<CodeBuilder>> replacement = replacement(method);
                    replaced += replacement.isPresent() ? 1 : 0;
                    replacement.ifPresentOrElse(
                        made::withCode, () -> made.transformCode(code, CodeTransform.ACCEPT_ALL));
                  } else {
                    made.with(part);
                  }
                });
          } else {
            type.with(element);
          }
        };
    return format.transformClass(
        old, methods.andThen(ClassTransform.endHandler(type -> type.withVersion(JAVA_8, 0))));
  }

  private static Optional<Consumer<CodeBuilder>> replacement(MethodModel method) {
    String nameAndType = method.methodName().stringValue() + method.methodType().stringValue();
    return REPLACED.entrySet().stream()
        .filter(replaced -> nameAndType.startsWith(replaced.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static void nothing(CodeBuilder code) {
    code.aconst_null().areturn();
  }

  private static void emptyList(CodeBuilder code) {
    MethodTypeDesc none = MethodTypeDesc.of(ConstantDescs.CD_List, List.of());
    code.invokestatic(COLLECTIONS, "emptyList", none).areturn();
  }
}
