"""The exit codes of commands, and the base of all errors that a user is told about: each knows its code."""

FINE = 0
DOES_NOT_CHECK = 1
"""A file does not check, or a test failed."""
WRONG_USAGE = 2
"""Wrong usage, or something cannot be opened or written."""
ELEMENT_FAILED = 3
"""It ran, and an element of the result failed."""
LIMIT = 4
"""A budget or a limit stopped it."""
UNREACHABLE = 5
"""The kernel could not be reached."""
INTERRUPTED = 130


class HdslError(Exception):
    """What ends a command, in a message of one sentence or a few; a command that it reaches exits with `exit_code`."""

    exit_code: int = WRONG_USAGE
