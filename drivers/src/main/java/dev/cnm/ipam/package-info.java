/**
 * The IPAM drivers {@code default}, which hands out subnets and addresses of this host, and {@code
 * null}, which hands out none.
 */
package dev.cnm.ipam;
