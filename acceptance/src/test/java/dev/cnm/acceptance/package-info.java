/**
 * What only all modules together can show: that the code keeps its architecture, and that the jars
 * do for a user what README.md says.
 */
package dev.cnm.acceptance;
