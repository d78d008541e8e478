package dev.cnm.controller.state;

/** What can be said of something that may live. What can't be seen is not dead. */
public enum Life {
  /** It lives. */
  ALIVE,
  /** It has ended, for sure. */
  ENDED,
  /** It can't be told from here, such as from another PID namespace. */
  UNKNOWN
}
