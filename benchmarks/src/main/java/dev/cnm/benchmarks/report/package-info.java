/**
 * The report: runs everything in one go, writes the figures down as JSON, and draws and tabulates
 * them; and the comparison of two such runs.
 */
@NullMarked
package dev.cnm.benchmarks.report;

import org.jspecify.annotations.NullMarked;
