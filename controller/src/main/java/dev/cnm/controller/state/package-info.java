/**
 * What a controller remembers, and where. A {@link dev.cnm.controller.state.StateStore} keeps three
 * kinds of plain records, of networks, endpoints and sandboxes, and changes them in transactions
 * that exclude each other, across processes if the store is shared by several. {@link
 * dev.cnm.controller.state.MemoryStateStore} is the store of a program that owns its sandboxes; one
 * that keeps records in a file implements the same interface, with components that map to any text
 * format one by one.
 */
package dev.cnm.controller.state;
