"""What can go wrong with terminals."""

from hdsl.ground.errors import HdslError


class TerminalError(HdslError):
    """Something about a terminal, in one sentence."""


class TerminalMissing(TerminalError):  # noqa: N818 - says what is the case
    """This machine has no tmux that serves: nothing with a terminal can run."""


class SessionGone(TerminalError):  # noqa: N818
    """The session has ended (its shell, its server or its run): it cannot be used any more."""


class TypingRefused(TerminalError):  # noqa: N818
    """A line or a command must not be run, and nothing of it was. The message says which rule says so."""


class SandboxMissing(TerminalMissing):
    """A sandbox was asked for, and this machine cannot make one: nothing is run without it."""


class PromptNotEmpty(TerminalError):  # noqa: N818 - what is the case
    """A command can be typed at an empty prompt alone: nothing was typed."""
