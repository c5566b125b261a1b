"""What ends a command with one sentence and an exit code."""

WRONG_USAGE = 2


class CommandError(Exception):
    """One sentence for the user, and the exit code of `interfaces.md`."""

    def __init__(self, message: str, code: int = WRONG_USAGE) -> None:
        super().__init__(message)
        self.code = code


def error_message(error: Exception) -> str:
    """What an exception says, in one sentence; of the operating system's, the file and the reason."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}"
    return str(error)
