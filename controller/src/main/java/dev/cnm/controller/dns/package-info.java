/**
 * The resolver of a sandbox: it answers for the names of the networks that the sandbox is in, and
 * asks other servers for the rest. It knows nothing of records; what it answers is handed to it as
 * a {@link dev.cnm.controller.dns.Directory}.
 */
package dev.cnm.controller.dns;
