package dev.cnm.cli;

import dev.cnm.Names;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** The one line that a person is told of a failure. */
final class Complaint {

  private Complaint() {}

  /** What it says, and what an unchecked wrapper's cause says. */
  static String of(Throwable failure) {
    if (failure instanceof StackOverflowError) {
      return "this is nested too deeply";
    }
    return failure instanceof UncheckedIOException && failure.getCause() != null
        ? text(failure) + ": " + text(failure.getCause())
        : text(failure);
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof FileSystemException file && file.getReason() == null) {
      // The message of these is the path alone; the class says what is wrong with it.
      message = file.getFile() + ": " + words(file);
    }
    String text = message == null || message.isBlank() ? failure.toString() : message;
    // The JDK's words for EMFILE.
    return printable(
        text.endsWith("Too many open files") ? text + ": raise the limit with 'ulimit -n'" : text);
  }

  private static String words(FileSystemException failure) {
    return switch (failure) {
      case NoSuchFileException none -> "no such file or folder";
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException exists -> "there already, and not what is needed";
      case NotDirectoryException file -> "not a folder";
      default -> failure.getClass().getSimpleName();
    };
  }

  /** The text without line breaks and what a terminal acts on. */
  static String printable(String text) {
    return Names.printable(text);
  }
}
