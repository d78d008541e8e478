package dev.cnm.cli.state;

import dev.cnm.controller.state.Owner;
import io.avaje.jsonb.Json;
import java.util.List;

/**
 * A command that runs in a sandbox.
 *
 * @param id 64 hexadecimal digits
 * @param name unique among the containers
 * @param command the command with its arguments
 * @param networkMode the first {@code --net} as the caller gave it
 * @param hostname its host name
 * @param created when it was made, in milliseconds since 1970
 * @param runner the process that waits for the command and cleans up after it
 * @param sandboxId the sandbox that it runs in; empty before there is one
 * @param process the command; nobody before it was started
 * @param mounts names the mount namespace that the command and its children are in, such as {@code
 *     mnt:[4026532281]}; empty before it was started
 */
@Json
public record Container(
    String id,
    String name,
    List<String> command,
    String networkMode,
    String hostname,
    long created,
    Owner runner,
    String sandboxId,
    Owner process,
    String mounts) {

  /** Copies the list. */
  public Container {
    command = List.copyOf(command);
  }

  /** One of this process, before anything of it was made. */
  public static Container of(
      String id, String name, List<String> command, String networkMode, String hostname) {
    return new Container(
        id,
        name,
        command,
        networkMode,
        hostname,
        System.currentTimeMillis(),
        Owner.current(),
        "",
        Owner.nobody(),
        "");
  }

  /** The same in this sandbox. */
  public Container in(String sandbox) {
    return new Container(
        id, name, command, networkMode, hostname, created, runner, sandbox, process, mounts);
  }

  /** The same with this mount namespace, in which the command is about to be started. */
  public Container at(String mountNamespace) {
    return new Container(
        id,
        name,
        command,
        networkMode,
        hostname,
        created,
        runner,
        sandboxId,
        process,
        mountNamespace);
  }

  /** The same with the command started. */
  public Container started(Owner command) {
    return new Container(
        id, name, this.command, networkMode, hostname, created, runner, sandboxId, command, mounts);
  }

  /** The same with this process to clean up after it. */
  Container takenOver() {
    return new Container(
        id,
        name,
        command,
        networkMode,
        hostname,
        created,
        Owner.current(),
        sandboxId,
        process,
        mounts);
  }

  /** Whether nobody is left to clean up after it, and the command has ended. */
  public boolean abandoned() {
    return !runner.alive() && !process.alive();
  }

  /** The first twelve digits of its id. */
  public String shortId() {
    return id.substring(0, 12);
  }
}
