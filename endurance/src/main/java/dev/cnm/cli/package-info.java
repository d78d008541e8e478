/** What runs the command from within, for which it has to be in the command's package. */
@NullMarked
package dev.cnm.cli;

import org.jspecify.annotations.NullMarked;
