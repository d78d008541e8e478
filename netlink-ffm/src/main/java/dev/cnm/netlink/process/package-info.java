/**
 * What the JDK leaves out about processes and a program that runs commands in namespaces needs:
 * adopting what they leave ({@code prctl(2)}), becoming another program ({@code execve(2)}),
 * starting one with the limits that were given ({@code getrlimit(2)}), leading a session ({@code
 * setsid(2)}), and sending any signal ({@code kill(2)}).
 */
package dev.cnm.netlink.process;
