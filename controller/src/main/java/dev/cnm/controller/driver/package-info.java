/**
 * Calls of drivers that came from elsewhere. Whatever such a driver does, the controller goes on:
 * each call has a thread of its own and a time until which it is waited for, what is thrown becomes
 * one line that names the driver, and what is returned is looked at before it is believed. The
 * drivers that belong to this project are called without any of it.
 */
package dev.cnm.controller.driver;
