/**
 * Go's {@code text/template}, as far as {@code docker --format} is used: fields, {@code if}, {@code
 * with}, {@code range}, variables, and the functions that Docker adds.
 */
package dev.cnm.cli.template;
