"""What can go wrong with terminals."""


class TerminalError(Exception):
    """Something about a terminal, in one sentence."""


class TerminalMissing(TerminalError):  # noqa: N818 - says what is the case
    """This machine has no tmux that serves: nothing with a terminal can run."""


class SessionGone(TerminalError):  # noqa: N818
    """The session has ended (its shell, its server or its run): it cannot be used any more."""


class TypingRefused(TerminalError):  # noqa: N818
    """The line must not be handed in; nothing of it was run. The message says which rule says so."""
