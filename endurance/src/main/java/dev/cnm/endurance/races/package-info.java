/** Many at once on the same networks: whether two ever get the same. */
package dev.cnm.endurance.races;
