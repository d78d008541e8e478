package dev.cnm.endurance.faults;

import java.util.List;

/**
 * What is tried.
 *
 * @param name for the table
 * @param kind who does it
 * @param before what is done first, in order, without faults
 * @param call the arguments, or the call of the library
 * @param after takes back what it does and what was done before, if it is there
 */
record Operation(String name, Kind kind, List<String> before, String call, List<String> after) {

  /** Who does what is tried. */
  enum Kind {
    /** The command, which may be killed in a process of its own and otherwise is called. */
    COMMAND,
    /** The command, which starts or becomes another and so always has a process of its own. */
    PROCESS,
    /** The process that keeps the container {@code c}, asked by another command. */
    OWNER,
    /** A call of the library on the command's store. */
    SQLITE,
    /** A call of the library on a store in memory. */
    MEMORY
  }

  private static final List<String> REMOVING =
      List.of(
          "rm", "ps after", "network disconnect", "delete sandbox", "leave", "doctor", "repair");

  private static final String RUN = "run -d --name c --net web -p 8085:80 -- sleep 1000";
  private static final String CREATE =
      "network create --subnet 10.96.0.0/24 --subnet fd00:96::/64 --ipv6 apart";

  /**
   * Whether it removes several things one after another: what is gone when it fails stays gone, so
   * that only what is left is to be whole. All others leave everything as it was.
   */
  boolean removes() {
    return REMOVING.stream().anyMatch(name::startsWith);
  }

  private static Operation command(
      String name, Kind kind, String before, String call, String after) {
    return new Operation(
        name,
        kind,
        before.isEmpty() ? List.of() : List.of(before.split("; ")),
        call,
        after.isEmpty() ? List.of() : List.of(after.split("; ")));
  }

  /** The commands. */
  static List<Operation> commands() {
    return List.of(
        command("network create", Kind.COMMAND, "", CREATE, "network rm apart"),
        command("network rm", Kind.COMMAND, CREATE, "network rm apart", "network rm apart"),
        command("network prune", Kind.COMMAND, CREATE, "network prune -f", "network rm apart"),
        command(
            "run",
            Kind.COMMAND,
            "",
            "run --name c --net web -p 8085:80 -p 8086:81/udp -- true",
            "rm -f c"),
        command(
            "run in two networks",
            Kind.COMMAND,
            CREATE,
            "run --name c --net web --net apart -p 8085:80 -- true",
            "rm -f c; network rm apart"),
        command("run container:", Kind.COMMAND, "", "run --net container:live -- true", ""),
        command("run -d -p", Kind.PROCESS, "", RUN, "rm -f c"),
        command("exec", Kind.PROCESS, "", "exec live -- true", ""),
        command("ps", Kind.COMMAND, "", "ps -a", ""),
        command("ps after a killed owner", Kind.COMMAND, RUN + "; kill c", "ps -a", "rm -f c"),
        command("rm -f", Kind.COMMAND, RUN, "rm -f c", "rm -f c"),
        command("rm -f, its owner", Kind.OWNER, "", "rm -f c", "rm -f c"),
        command(
            "rm -f after a killed owner",
            Kind.COMMAND,
            RUN + "; kill-owner c",
            "rm -f c",
            "rm -f c"),
        command(
            "network connect, its owner",
            Kind.OWNER,
            CREATE,
            "network connect apart c",
            "rm -f c; network rm apart"),
        command(
            "network disconnect, its owner",
            Kind.OWNER,
            CREATE + "; network connect apart c",
            "network disconnect apart c",
            "rm -f c; network rm apart"),
        command(
            "network connect",
            Kind.COMMAND,
            CREATE + "; " + RUN,
            "network connect apart c",
            "rm -f c; network rm apart"),
        command(
            "network disconnect -f after a killed owner",
            Kind.COMMAND,
            CREATE + "; " + RUN + "; network connect apart c; kill-owner c",
            "network disconnect -f apart c",
            "rm -f c; network rm apart"),
        command("doctor --repair", Kind.COMMAND, "flush", "doctor --repair", "doctor --repair"));
  }

  /** The calls of the library. */
  static List<Operation> calls(Kind kind) {
    String joined =
        "network t1; network t2; sandbox t3; endpoint t2 t3; join t2 t3; endpoint t1 t3";
    return List.of(
        library("create network", kind, "", "network t1"),
        library("create endpoint", kind, "network t1", "endpoint t1 t3"),
        library("new sandbox", kind, "", "sandbox t3"),
        library("join and publish", kind, "network t1; sandbox t3; endpoint t1 t3", "join t1 t3"),
        library("join and take over", kind, joined, "join t1 t3"),
        library("leave and hand over", kind, joined + "; join t1 t3", "leave t1 t3"),
        library("leave the last", kind, joined, "leave t2 t3"),
        library("delete endpoint", kind, joined, "delete-endpoint t1 t3"),
        library("delete sandbox", kind, joined + "; join t1 t3", "delete-sandbox t3"),
        library("delete network", kind, "network t1", "delete-network t1"),
        library("repair", kind, joined + "; join t1 t3; flush", "restore"),
        library("reconcile", kind, joined + "; join t1 t3", "reconcile"));
  }

  private static Operation library(String name, Kind kind, String before, String call) {
    return command(name, kind, before, call, "clear");
  }
}
