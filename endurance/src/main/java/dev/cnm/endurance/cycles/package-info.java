/** The same again and again: whether anything grows. */
package dev.cnm.endurance.cycles;
