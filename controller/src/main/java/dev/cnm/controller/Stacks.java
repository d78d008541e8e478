package dev.cnm.controller;

import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.netlink.namespace.NetworkNamespace;
import dev.cnm.netlink.namespace.NetworkNamespace.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The network stacks that this controller has open, by id. Safe for use by several threads. */
final class Stacks {

  private final HeldNamespace host;
  private final Map<String, Stack> stacks = new ConcurrentHashMap<>();

  Stacks(HeldNamespace host) {
    this.host = host;
  }

  /** A stack that is open, or that somebody is at. */
  private static final class Stack {
    private final ReentrantLock joins = new ReentrantLock();
    private final ReentrantLock opening = new ReentrantLock();
    private @Nullable NetworkNamespace namespace;

    /** How many are at it; guarded by the map. */
    private int users;
  }

  /** The time in which nobody else joins or leaves a stack. */
  final class Turn implements AutoCloseable {
    private final String stackId;
    private final Stack stack;

    private Turn(String stackId, Stack stack) {
      this.stackId = stackId;
      this.stack = stack;
    }

    @Override
    public void close() {
      stack.joins.unlock();
      left(stackId, stack);
    }
  }

  HeldNamespace host() {
    return host;
  }

  /** Waits until nobody joins or leaves the stack with this id, opened or not. */
  Turn turn(String stackId) {
    Stack stack = entered(stackId);
    stack.joins.lock();
    return new Turn(stackId, stack);
  }

  private Stack entered(String stackId) {
    return stacks.compute(
        stackId,
        (id, known) -> {
          Stack stack = known == null ? new Stack() : known;
          stack.users++;
          return stack;
        });
  }

  /** The last one takes along what is not open: ids don't come back. */
  private void left(String stackId, Stack stack) {
    stacks.computeIfPresent(
        stackId,
        (id, known) -> {
          if (known != stack) {
            return known;
          }
          stack.users--;
          return stack.users == 0 && stack.namespace == null ? null : stack;
        });
  }

  /** How many are open or in use. */
  int size() {
    return stacks.size();
  }

  /** Keeps the namespace that was made for a stack, until {@link #forget}. */
  void made(String stackId, NetworkNamespace namespace) {
    Stack stack = entered(stackId);
    stack.opening.lock();
    try {
      stack.namespace = namespace;
    } finally {
      stack.opening.unlock();
      left(stackId, stack);
    }
  }

  /**
   * The namespace of a sandbox.
   *
   * @throws IOException if it can't be opened, or is another one by now
   */
  HeldNamespace namespace(SandboxRecord sandbox) throws IOException {
    if (sandbox.onHost()) {
      return host;
    }
    Stack stack = entered(sandbox.stackId());
    stack.opening.lock();
    try {
      NetworkNamespace namespace = stack.namespace;
      if (namespace == null) {
        namespace = open(sandbox);
        stack.namespace = namespace;
      }
      return new HeldNamespace(namespace);
    } finally {
      stack.opening.unlock();
      left(sandbox.stackId(), stack);
    }
  }

  /** Whether this controller holds the namespace of a sandbox. */
  boolean isOpen(SandboxRecord sandbox) {
    if (sandbox.onHost()) {
      return true;
    }
    Stack stack = stacks.get(sandbox.stackId());
    if (stack == null) {
      return false;
    }
    stack.opening.lock();
    try {
      return stack.namespace != null;
    } finally {
      stack.opening.unlock();
    }
  }

  /** Whether the namespace of a sandbox is where its key says. */
  boolean canOpen(SandboxRecord sandbox) {
    if (sandbox.key().isEmpty()) {
      return false;
    }
    try {
      Map<String, Object> file = Files.readAttributes(Path.of(sandbox.key()), "unix:dev,ino");
      return file.get("ino") instanceof Number inode
          && file.get("dev") instanceof Number device
          && inode.longValue() == sandbox.inode()
          && device.longValue() == sandbox.device();
    } catch (IOException e) {
      return false;
    }
  }

  private static NetworkNamespace open(SandboxRecord sandbox) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.open(Path.of(sandbox.key()));
    if (!namespace.identity().equals(new Identity(sandbox.device(), sandbox.inode()))) {
      namespace.close();
      throw new IOException(
          sandbox.key()
              + " is not the network namespace of sandbox "
              + sandbox.name()
              + ": it was unmounted, or is mounted in another mount namespace");
    }
    return namespace;
  }

  /** Lets go of a stack that nobody uses any more. */
  void forget(String stackId) {
    NetworkNamespace namespace = release(stackId);
    if (namespace != null) {
      namespace.close();
    }
  }

  /**
   * The same, but leaves it to the caller to close the namespace.
   *
   * @return null if it was not open
   */
  @Nullable NetworkNamespace release(String stackId) {
    Stack stack = stacks.remove(stackId);
    if (stack == null) {
      return null;
    }
    stack.opening.lock();
    try {
      NetworkNamespace namespace = stack.namespace;
      stack.namespace = null;
      return namespace;
    } finally {
      stack.opening.unlock();
    }
  }

  /** Lets go of the stacks that no sandbox uses any more. */
  void redrawn(Picture picture) {
    for (String id : stacks.keySet()) {
      if (picture.usersOf(id).isEmpty() && picture.endpointsIn(id).isEmpty()) {
        forget(id);
      }
    }
  }

  void close() {
    stacks.keySet().forEach(this::forget);
    host.namespace().close();
  }
}
