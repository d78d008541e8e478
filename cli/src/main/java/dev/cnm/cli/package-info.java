/** The commands of {@code cnm}. */
package dev.cnm.cli;
