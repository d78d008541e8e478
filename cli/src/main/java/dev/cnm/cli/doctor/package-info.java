/**
 * What {@code cnm doctor} examines. Everything is found out by trying it, in namespaces that go
 * with the probe; no version is ever compared.
 */
package dev.cnm.cli.doctor;
