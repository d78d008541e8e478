package dev.cnm;

/**
 * The request can't be carried out as it stands, and nothing was changed. The subclasses are
 * libnetwork's error classes. The message is one line that names the value that is wrong.
 */
public abstract sealed class CnmException extends RuntimeException
    permits ConflictException,
        ExhaustedException,
        ForbiddenException,
        InvalidParameterException,
        NotFoundException {

  private static final long serialVersionUID = 1L;

  CnmException(String message) {
    super(message);
  }
}
