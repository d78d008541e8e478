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
 *     mnt:[4026532281]}; empty before it was started. Such a name is given again once nobody is in
 *     there, so it says nothing by itself
 * @param uts names their UTS namespace in the same way
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
    String mounts,
    String uts) {

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
        "",
        "");
  }

  /** The same in this sandbox. */
  public Container in(String sandbox) {
    return new Container(
        id, name, command, networkMode, hostname, created, runner, sandbox, process, mounts, uts);
  }

  /** The same with these namespaces, in which the command is about to be started. */
  public Container at(String mountNamespace, String utsNamespace) {
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
        mountNamespace,
        utsNamespace);
  }

  /** The same with the command started. */
  public Container started(Owner command) {
    return new Container(
        id,
        name,
        this.command,
        networkMode,
        hostname,
        created,
        runner,
        sandboxId,
        command,
        mounts,
        uts);
  }

  /** The same with this process to clean up after it. */
  Container takenOver() {
    return ownedBy(Owner.current());
  }

  /** The same with another process to clean up after it. */
  public Container ownedBy(Owner other) {
    return new Container(
        id, name, command, networkMode, hostname, created, other, sandboxId, process, mounts, uts);
  }

  /** Whether nobody is left to clean up after it, and the command has ended, for sure. */
  public boolean abandoned() {
    return runner.ended() && process.ended();
  }

  /** The first twelve digits of its id. */
  public String shortId() {
    return id.substring(0, 12);
  }
}
