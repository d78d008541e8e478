/** Every operation, killed and made to fail at every step. */
@NullMarked
package dev.cnm.endurance.faults;

import org.jspecify.annotations.NullMarked;
