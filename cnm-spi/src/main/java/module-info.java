/**
 * The container network model for Java: what a program works with ({@link dev.cnm}) and what a
 * driver implements ({@link dev.cnm.spi}). The split is that of {@code java.nio.file} and {@code
 * java.nio.file.spi}. The module has no dependencies.
 *
 * @uses dev.cnm.spi.ControllerProvider the implementation behind {@link
 *     dev.cnm.NetworkController#create()}
 */
@org.jspecify.annotations.NullMarked
module dev.cnm {
  requires static transitive org.jspecify;

  exports dev.cnm;
  exports dev.cnm.spi;

  uses dev.cnm.spi.ControllerProvider;
}
