package dev.cnm.cli.state;

import io.avaje.jsonb.Json;
import java.util.List;

/**
 * A command that runs in a sandbox.
 *
 * @param id 64 hexadecimal digits
 * @param name unique among the containers
 * @param command the command with its arguments
 * @param networkMode the first {@code --net} as the caller gave it
 * @param sandboxId the sandbox that it runs in
 * @param hostname its host name
 * @param created when it was started, in milliseconds since 1970
 * @param runner the process that waits for the command and cleans up after it
 * @param runnerStarted when that process was started, in milliseconds since 1970
 * @param pid the process id of the command; 0 before it was started
 */
@Json
public record Container(
    String id,
    String name,
    List<String> command,
    String networkMode,
    String sandboxId,
    String hostname,
    long created,
    long runner,
    long runnerStarted,
    long pid) {

  /** Copies the list. */
  public Container {
    command = List.copyOf(command);
  }

  /** The same with the command started. */
  public Container started(long process) {
    return new Container(
        id,
        name,
        command,
        networkMode,
        sandboxId,
        hostname,
        created,
        runner,
        runnerStarted,
        process);
  }

  /** Whether the process that is to clean up after it is gone. */
  public boolean abandoned() {
    return ProcessHandle.of(runner)
        .flatMap(process -> process.info().startInstant())
        .filter(start -> start.toEpochMilli() == runnerStarted)
        .isEmpty();
  }

  /** The first twelve digits of its id. */
  public String shortId() {
    return id.substring(0, 12);
  }
}
