/**
 * The stacks that are measured side by side: ours, the floor in C, and what others use. Each
 * attaches containers to a bridge on a host of its own, in its own way.
 */
@NullMarked
package dev.cnm.benchmarks.stacks;

import org.jspecify.annotations.NullMarked;
