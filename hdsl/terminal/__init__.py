"""Terminal sessions in tmux: fresh, isolated shells that say when they are idle."""

from hdsl.terminal.beside import Ran
from hdsl.terminal.errors import SessionGone, TerminalError, TerminalMissing, TypingRefused
from hdsl.terminal.gate import Gate
from hdsl.terminal.session import Session
from hdsl.terminal.terminal import Terminal

__all__ = ["Gate", "Ran", "Session", "SessionGone", "Terminal", "TerminalError", "TerminalMissing", "TypingRefused"]
