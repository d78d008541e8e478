package dev.cnm.acceptance;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasModifiers.Predicates.modifier;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The rules that the code of all modules keeps, whoever changes it. */
final class ArchitectureTest {

  private static final String JDK = "java..";
  private static final String NULLNESS = "org.jspecify.annotations..";

  private static JavaClasses product;

  @BeforeAll
  static void read() {
    product =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("leak-check"))
            // What is generated.
            .withImportOption(
                location -> !location.contains("/gen/") && !location.contains("/jsonb/"))
            .importPackages("dev.cnm", "com.example.hostdevice");
    for (String one :
        List.of(
            "dev.cnm.NetworkController",
            "dev.cnm.cli.Cnm",
            "dev.cnm.controller.LocalController",
            "dev.cnm.driver.bridge.BridgeDriverFactory",
            "dev.cnm.netlink.NetlinkSocket",
            "com.example.hostdevice.HostDeviceDriverFactory")) {
      assertThat(product.contain(one)).as(one).isTrue();
    }
  }

  @Test
  void theModelAndTheSpiDependOnNothing() {
    classes()
        .that(resideInAnyPackage("dev.cnm", "dev.cnm.spi"))
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage("dev.cnm", "dev.cnm.spi", JDK, NULLNESS))
        .check(product);
    noClasses()
        .that(resideInAnyPackage("dev.cnm", "dev.cnm.spi"))
        .should()
        .dependOnClassesThat(resideInAPackage("java.lang.foreign.."))
        .check(product);
  }

  @Test
  void netlinkDependsOnNothing() {
    classes()
        .that(resideInAPackage("dev.cnm.netlink.."))
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage("dev.cnm.netlink..", JDK, NULLNESS))
        .check(product);
  }

  @Test
  void driversDependOnTheSpiAndNetlink() {
    classes()
        .that(resideInAnyPackage("dev.cnm.driver..", "dev.cnm.ipam.."))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "dev.cnm",
                "dev.cnm.spi",
                "dev.cnm.netlink..",
                "dev.cnm.driver..",
                "dev.cnm.ipam..",
                JDK,
                NULLNESS))
        .check(product);
    slices().matching("dev.cnm.driver.(*)..").should().notDependOnEachOther().check(product);
  }

  @Test
  void aStrangersDriverDependsOnTheSpiAlone() {
    classes()
        .that(resideInAPackage("com.example.."))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("com.example..", "dev.cnm", "dev.cnm.spi", JDK, NULLNESS))
        .check(product);
  }

  @Test
  void theControllerKnowsNoDriverAndNoCommand() {
    noClasses()
        .that(resideInAPackage("dev.cnm.controller.."))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.cnm.driver..", "dev.cnm.ipam..", "dev.cnm.cli.."))
        .check(product);
  }

  @Test
  void theCommandKnowsNoDriver() {
    noClasses()
        .that(resideInAPackage("dev.cnm.cli.."))
        .should()
        .dependOnClassesThat(resideInAnyPackage("dev.cnm.driver..", "dev.cnm.ipam.."))
        .check(product);
  }

  @Test
  void onlyTheCommandKnowsItsLibraries() {
    noClasses()
        .that(not(resideInAPackage("dev.cnm.cli..")))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("picocli..", "io.avaje..", "org.sqlite..", "java.sql.."))
        .check(product);
  }

  @Test
  void foreignCallsAreLinkedInNetlinkOnly() {
    noClasses()
        .that(not(resideInAPackage("dev.cnm.netlink.internal..")))
        .should()
        .dependOnClassesThat(
            nameMatching(
                "java\\.lang\\.foreign\\.(Linker|SymbolLookup|FunctionDescriptor)(\\$.*)?"))
        .check(product);
    noClasses()
        .that(not(resideInAPackage("dev.cnm.netlink..")))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.cnm.netlink.internal..", "dev.cnm.netlink.gen.."))
        .check(product);
  }

  @Test
  void packagesAreInNoCycle() {
    SliceAssignment packages =
        new SliceAssignment() {
          @Override
          public SliceIdentifier getIdentifierOf(JavaClass one) {
            // The model and its SPI are one, as java.nio.file and java.nio.file.spi are.
            return SliceIdentifier.of(one.getPackageName().replace("dev.cnm.spi", "dev.cnm"));
          }

          @Override
          public String getDescription() {
            return "packages";
          }
        };
    slices().assignedFrom(packages).should().beFreeOfCycles().check(product);
  }

  /** Whoever starts a process starts the user's command, or this program again. */
  @Test
  void noProcessIsStartedButTheUsers() {
    DescribedPredicate<JavaCall<?>> starts =
        target(owner(nameMatching("java\\.lang\\.ProcessBuilder|java\\.lang\\.Runtime")))
            .and(target(nameMatching("start|startPipeline|exec")));
    noClasses()
        .that(
            not(
                nameMatching(
                    "dev\\.cnm\\.(netlink\\.(namespace\\.NetworkNamespace|process\\.FileLimit)"
                        + "|cli\\.(Inside|Supervisor))(\\$.*)?")))
        .should()
        .callCodeUnitWhere(starts)
        .check(product);
  }

  @Test
  void onlyTheCommandEndsTheProcessOrPrints() {
    noClasses()
        .that(not(resideInAPackage("dev.cnm.cli..")))
        .and(not(resideInAPackage("dev.cnm.benchmarks..")))
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(product);
  }

  @Test
  void namesSayWhatThingsAre() {
    String empty = "(?i).*(impl|utils?|helpers?|manager|misc|common)(\\$.*)?";
    noClasses().should().haveNameMatching(empty).check(product);
    noClasses()
        .should()
        .resideInAnyPackage(
            "..impl..", "..util..", "..utils..", "..helper..", "..helpers..", "..common..")
        .check(product);
  }

  @Test
  void classesAreNotMadeToBeExtended() {
    classes()
        .that()
        .areNotInterfaces()
        .and()
        .areNotAnonymousClasses()
        .and(not(modifier(JavaModifier.ABSTRACT)))
        .and(
            not(
                new DescribedPredicate<JavaClass>("enums or sealed") {
                  @Override
                  public boolean test(JavaClass it) {
                    return it.isEnum()
                        || it.reflect().isSealed()
                        || it.getRawSuperclass().filter(JavaClass::isEnum).isPresent();
                  }
                }))
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(product);
  }

  @Test
  void nothingIsSynchronized() throws IOException {
    methods().should().notHaveModifier(JavaModifier.SYNCHRONIZED).check(product);
    // A block leaves no trace in what ArchUnit reads.
    Pattern block = Pattern.compile("\\bsynchronized\\s*\\(");
    for (Path source : sources()) {
      assertThat(block.matcher(Files.readString(source)).find()).as(source.toString()).isFalse();
    }
  }

  @Test
  void everyPackageSaysWhatItIsFor() throws IOException {
    for (Path source : sources()) {
      if (!source.endsWith("module-info.java")) {
        assertThat(source.resolveSibling("package-info.java")).exists();
      }
    }
  }

  /** The sources of the product, without what is generated. */
  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> all = Files.walk(Path.of(".."), 12)) {
      all.filter(it -> it.toString().endsWith(".java"))
          .filter(it -> it.toString().contains("/src/main/java/"))
          .filter(it -> !it.toString().contains("/gen/"))
          .forEach(sources::add);
    }
    assertThat(sources).hasSizeGreaterThan(100);
    return sources;
  }
}
