/** What becomes of everything when something fails, ends or goes on for long. */
@NullMarked
package dev.cnm.endurance;

import org.jspecify.annotations.NullMarked;
