"""The shell's syntax as plain data: what `parse` makes of a command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself. Unquoted, its `*?[{~` may mean something."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, or `${name…}` with what follows the name (`:-word`, `:0:2`, `//a/b`); `indirect` for `${!name}`."""

    name: str
    operator: str
    argument: Word
    quoted: bool
    indirect: bool = False
    length: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(…)` and backquotes."""

    script: Script
    quoted: bool


@dataclass(frozen=True, slots=True)
class ProcessSubstitution:
    """`<(…)` and `>(…)`."""

    script: Script
    reads: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$((…))`, unread, with the commands that are substituted in it."""

    text: str
    inner: Word


Part: TypeAlias = Literal | Variable | Substitution | ProcessSubstitution | Arithmetic
Word: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """`operator` without its descriptor; of a here-document and a here-string, `target` is the text."""

    operator: str
    descriptor: str
    target: Word


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=value` and `name+=value`; of an array, the values are the words."""

    name: str
    values: tuple[Word, ...]
    appends: bool
    is_array: bool = False


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple command; `text` is how it was written."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Compound:
    """Anything with commands inside: what it runs in order, the words it goes through, and the name a `for` sets.

    Of `for ((…))` the one word is what stands in the parentheses.
    """

    kind: str
    scripts: tuple[Script, ...]
    words: tuple[Word, ...] = ()
    name: str = ""
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A definition."""

    name: str
    body: Command


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands whose output goes to the next; a single command is a pipeline too. `background`: none waits for it."""

    commands: tuple[Command, ...]
    text: str
    background: bool = False


Command: TypeAlias = Simple | Compound | Function


@dataclass(frozen=True, slots=True)
class Script:
    """Pipelines in order, whatever stands between them. `whole`: nothing is left open and nothing was odd."""

    pipelines: tuple[Pipeline, ...]
    whole: bool = True
