"""Errors that commands raise themselves, and what an error says."""

from hdsl.ground.errors import INTERRUPTED, WRONG_USAGE, HdslError


class CommandError(HdslError):
    """An error of the command line: a message for the user, and the exit code."""

    def __init__(self, message: str, code: int = WRONG_USAGE) -> None:
        super().__init__(message)
        self.exit_code = code


def how_it_ended(error: KeyboardInterrupt | HdslError | OSError) -> tuple[int, str]:
    """The exit code of work that an exception has ended, and why it ended."""
    if isinstance(error, KeyboardInterrupt):
        from hdsl.future.stopping import exit_code

        code = exit_code(error)
        return code, "interrupted" if code == INTERRUPTED else "terminated"
    if isinstance(error, HdslError):
        return error.exit_code, str(error)
    return WRONG_USAGE, error_message(error)


def error_message(error: Exception) -> str:
    """What an exception says, in one sentence; of the operating system's, the file and the reason."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}"
    return str(error)
