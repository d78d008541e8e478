package dev.cnm.controller.state;

/**
 * Something that is remembered. Records hold nothing but strings, numbers, booleans, enums, lists
 * and maps of them, and records of the same kind; an empty string stands for what isn't there.
 */
public sealed interface StateRecord permits NetworkRecord, EndpointRecord, SandboxRecord {

  /** 64 hexadecimal digits; unique among the records of its kind. */
  String id();

  /** The name that a person knows it by. */
  String name();

  /** Where it was last true of the kernel. */
  Place place();

  /** The process that made it or is changing it. */
  Owner owner();
}
