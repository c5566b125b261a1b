"""A command as it would be started, and what reads the commands that one starts in turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from hdsl.policy.expand import Environment
from hdsl.policy.harm import Harm
from hdsl.policy.wrapped import Wrapped


@dataclass
class Run:
    """One command as it would be started: its normal form, how it was written, and what it does that is harmful."""

    normal: str
    written: str
    harms: list[Harm] = field(default_factory=list)


class Reader(Protocol):
    """Reads commands in one environment; every text is what a command would write."""

    environment: Environment
    """What is known of variables, aliases and files."""
    pipeline: str
    """The pipeline that a command is a part of, as it was written; empty where it stands alone."""

    def note(self, normal: str, found: Iterable[Harm]) -> None:
        """Notes what a command does that is harmful."""

    def dispatch(self, argv: list[str], stdin: str, functions: bool = False) -> str:
        """Reads one command; `functions`: it may be one that the shell knows by that name."""

    def filtered(self, name: str, argv: list[str], stdin: str) -> str:
        """Reads a command that makes a text of another."""

    def name(self, text: str) -> str | None:
        """The program that a word names."""

    def run_text(self, text: str, stdin: str, run: Run) -> str:
        """Reads a text as a script."""

    def file_run(self, path: str, run: Run) -> str:
        """Reads a file as a script."""

    def code(self, language: str, code: str) -> None:
        """Reads code of another language."""

    def wrapped(self, found: Wrapped, arguments: list[str], stdin: str, run: Run, name: str) -> str:
        """Reads the command that another one starts."""
