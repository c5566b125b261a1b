"""What ends a command with one sentence and an exit code."""

WRONG_USAGE = 2


class CommandError(Exception):
    """One sentence for the user, and the exit code of `interfaces.md`."""

    def __init__(self, message: str, code: int = WRONG_USAGE) -> None:
        super().__init__(message)
        self.code = code
