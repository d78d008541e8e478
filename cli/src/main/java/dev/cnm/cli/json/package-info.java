/** JSON as the command prints it. */
package dev.cnm.cli.json;
