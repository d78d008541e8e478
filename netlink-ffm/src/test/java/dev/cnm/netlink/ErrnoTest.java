package dev.cnm.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrnoTest {

  @ParameterizedTest
  @EnumSource(Errno.class)
  void everyErrorIsFoundByItsNumber(Errno errno) {
    assertThat(errno.number()).isPositive();
    assertThat(Errno.of(errno.number())).contains(errno);
    assertThat(errno.text()).isNotBlank();
  }

  @Test
  void noTwoErrorsMeanTheSame() {
    assertThat(Arrays.stream(Errno.values()).map(Errno::text)).doesNotHaveDuplicates();
  }

  /** The numbers of asm-generic/errno-base.h and errno.h, which x86-64 and aarch64 share. */
  @ParameterizedTest
  @CsvSource({
    "EPERM,1",
    "ENOENT,2",
    "EAGAIN,11",
    "EBUSY,16",
    "EINVAL,22",
    "EOPNOTSUPP,95",
    "ENOBUFS,105"
  })
  void numbersAreThoseOfTheGenericArchitecture(Errno errno, int number) {
    assertThat(errno.number()).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 133, 4095, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void aNumberWithoutANameHasNone(int number) {
    assertThat(Errno.of(number)).isEmpty();
    assertThat(Errno.describe(number)).isEqualTo("errno " + number);
  }

  @Test
  void aDescriptionHasNameAndMeaning() {
    assertThat(Errno.describe(Errno.EEXIST.number())).isEqualTo("EEXIST (it exists already)");
  }
}
