/** What a run found, as pages. */
@NullMarked
package dev.cnm.endurance.report;

import org.jspecify.annotations.NullMarked;
