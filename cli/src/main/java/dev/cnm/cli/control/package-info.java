/**
 * How one command asks another one for something: the process that waits for a container's command
 * is the only one that changes its network stack, and listens on a socket for requests to do so.
 * One connection carries one request, a first answer when it has been taken, and a second one when
 * it has been done, each a line of JSON.
 */
package dev.cnm.cli.control;
