package dev.cnm.controller;

import dev.cnm.NotFoundException;
import dev.cnm.controller.state.EndpointRecord;
import dev.cnm.controller.state.NetworkRecord;
import dev.cnm.controller.state.SandboxRecord;
import dev.cnm.controller.state.StateRecord;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The records in memory, found by id, name, network and stack. Guarded by {@link Records}. */
final class Picture {

  private static final Comparator<StateRecord> BY_NAME = Comparator.comparing(StateRecord::name);

  private final NavigableMap<String, NetworkRecord> networks = new TreeMap<>();
  private final NavigableMap<String, EndpointRecord> endpoints = new TreeMap<>();
  private final NavigableMap<String, SandboxRecord> sandboxes = new TreeMap<>();
  private final Map<String, NetworkRecord> networkNames = new HashMap<>();
  private final Map<String, SandboxRecord> sandboxNames = new HashMap<>();
  private final Map<String, NavigableMap<String, EndpointRecord>> byNetwork = new HashMap<>();
  private final Map<String, NavigableMap<String, EndpointRecord>> byStack = new HashMap<>();
  private final Map<String, NavigableMap<String, SandboxRecord>> usersOfStack = new HashMap<>();

  void put(StateRecord record) {
    delete(record.getClass(), record.id());
    switch (record) {
      case NetworkRecord network -> {
        networks.put(network.id(), network);
        networkNames.put(network.name(), network);
      }
      case EndpointRecord endpoint -> {
        endpoints.put(endpoint.id(), endpoint);
        add(byNetwork, endpoint.networkId(), endpoint);
        add(byStack, endpoint.attachment().stackId(), endpoint);
      }
      case SandboxRecord sandbox -> {
        sandboxes.put(sandbox.id(), sandbox);
        sandboxNames.put(sandbox.name(), sandbox);
        add(usersOfStack, sandbox.stackId(), sandbox);
      }
    }
  }

  void delete(Class<? extends StateRecord> kind, String id) {
    if (kind == NetworkRecord.class) {
      NetworkRecord network = networks.remove(id);
      if (network != null) {
        networkNames.remove(network.name());
      }
    } else if (kind == EndpointRecord.class) {
      EndpointRecord endpoint = endpoints.remove(id);
      if (endpoint != null) {
        remove(byNetwork, endpoint.networkId(), endpoint);
        remove(byStack, endpoint.attachment().stackId(), endpoint);
      }
    } else {
      SandboxRecord sandbox = sandboxes.remove(id);
      if (sandbox != null) {
        sandboxNames.remove(sandbox.name());
        remove(usersOfStack, sandbox.stackId(), sandbox);
      }
    }
  }

  private static <R extends StateRecord> void add(
      Map<String, NavigableMap<String, R>> index, String key, R record) {
    if (!key.isEmpty()) {
      index.computeIfAbsent(key, k -> new TreeMap<>()).put(record.id(), record);
    }
  }

  private static <R extends StateRecord> void remove(
      Map<String, NavigableMap<String, R>> index, String key, R record) {
    NavigableMap<String, R> group = index.get(key);
    if (group != null) {
      group.remove(record.id());
      if (group.isEmpty()) {
        index.remove(key);
      }
    }
  }

  NavigableMap<String, NetworkRecord> networks() {
    return networks;
  }

  NavigableMap<String, EndpointRecord> endpoints() {
    return endpoints;
  }

  NavigableMap<String, SandboxRecord> sandboxes() {
    return sandboxes;
  }

  @Nullable NetworkRecord networkNamed(String name) {
    return networkNames.get(name);
  }

  @Nullable SandboxRecord sandboxNamed(String name) {
    return sandboxNames.get(name);
  }

  /** The endpoints of a network, by id. */
  NavigableMap<String, EndpointRecord> endpointsOf(String networkId) {
    return byNetwork.getOrDefault(networkId, new TreeMap<>());
  }

  /** The endpoints that are in a stack, or about to be, sorted by name. */
  List<EndpointRecord> endpointsIn(String stackId) {
    return sorted(byStack.getOrDefault(stackId, new TreeMap<>()));
  }

  /** The sandboxes that use a stack, sorted by name. */
  List<SandboxRecord> usersOf(String stackId) {
    return sorted(usersOfStack.getOrDefault(stackId, new TreeMap<>()));
  }

  static <R extends StateRecord> List<R> sorted(Map<String, R> records) {
    return records.values().stream().sorted(BY_NAME).toList();
  }

  NetworkRecord network(String id, String name) {
    NetworkRecord network = networks.get(id);
    if (network == null || !visible(network)) {
      throw new NotFoundException("network " + name + " not found");
    }
    return network;
  }

  EndpointRecord endpoint(String id, String name) {
    EndpointRecord endpoint = endpoints.get(id);
    if (endpoint == null || !visible(endpoint)) {
      throw new NotFoundException("endpoint " + name + " not found");
    }
    return endpoint;
  }

  SandboxRecord sandbox(String id, String name) {
    SandboxRecord sandbox = sandboxes.get(id);
    if (sandbox == null || !visible(sandbox)) {
      throw new NotFoundException("sandbox " + name + " not found");
    }
    return sandbox;
  }

  /** The network of an endpoint; it can't be deleted as long as there is one. */
  NetworkRecord networkOf(EndpointRecord endpoint) {
    NetworkRecord network = networks.get(endpoint.networkId());
    if (network == null) {
      throw new NotFoundException(
          "network " + endpoint.networkId() + " of endpoint " + endpoint.name() + " not found");
    }
    return network;
  }

  /** False for what is half made or half gone. */
  static boolean visible(StateRecord record) {
    return switch (record) {
      case NetworkRecord network ->
          network.state() != NetworkRecord.State.CREATING
              && network.state() != NetworkRecord.State.DELETING;
      case EndpointRecord endpoint ->
          endpoint.state() != EndpointRecord.State.CREATING
              && endpoint.state() != EndpointRecord.State.DELETING;
      case SandboxRecord sandbox -> sandbox.state() == SandboxRecord.State.READY;
    };
  }
}
