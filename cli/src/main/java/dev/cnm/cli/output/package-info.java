/**
 * What the command shows of networks and containers: Docker's JSON objects, its tables, its
 * filters.
 */
package dev.cnm.cli.output;
