"""Errors that commands raise themselves, and what an error says."""

from hdsl.ground.errors import WRONG_USAGE, HdslError


class CommandError(HdslError):
    """An error of the command line: a message for the user, and the exit code."""

    def __init__(self, message: str, code: int = WRONG_USAGE) -> None:
        super().__init__(message)
        self.exit_code = code


def error_message(error: Exception) -> str:
    """What an exception says, in one sentence; of the operating system's, the file and the reason."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}"
    return str(error)
