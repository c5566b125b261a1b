"""Terminal sessions in tmux: fresh, isolated shells that say when they are idle."""

from hdsl.terminal.beside import Ran
from hdsl.terminal.errors import SessionGone, TerminalError, TerminalMissing
from hdsl.terminal.session import Session
from hdsl.terminal.terminal import Terminal

__all__ = ["Ran", "Session", "SessionGone", "Terminal", "TerminalError", "TerminalMissing"]
