"""What the words of a command become: braces, variables, substitutions, splitting. File names are not looked up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate

from hdsl.policy.escapes import ansi_c
from hdsl.policy.folders import Files, is_absolute
from hdsl.policy.syntax import (
    Arithmetic,
    Command,
    Literal,
    Part,
    ProcessSubstitution,
    Script,
    Substitution,
    Variable,
    Word,
)
from hdsl.policy.texts import CHILD, GLOBS, HOME, SELF, UNKNOWN, settled

_OPEN, _COMMA, _CLOSE = "\ue020", "\ue021", "\ue022"
_PART = 0xF000
_MOST_FIELDS = 200
_BRACES = {"{": _OPEN, ",": _COMMA, "}": _CLOSE}
_UNBRACED = str.maketrans({mark: char for char, mark in _BRACES.items()})
_SPACES = " \t\n"
_FOLDER = "/some/folder"
"""What stands for the working folder where a part of its path is taken."""

_PLACES = {HOME: "/home/user"}
_START = {
    "HOME": HOME,
    "IFS": _SPACES,
    "SHELL": "/bin/bash",
    "BASH": "/bin/bash",
    "PATH": "/usr/bin:/bin",
    "0": SELF,
    "!": CHILD,
    "EDITOR": "vi",
    "VISUAL": "vi",
    "PAGER": "less",
    "BROWSER": "xdg-open",
    "CC": "cc",
    "CXX": "c++",
    "PYTHON": "python3",
    "MAKE": "make",
}


@dataclass
class Environment:
    """What a shell knows by the time a command runs."""

    variables: dict[str, str] = field(default_factory=lambda: dict(_START))
    arrays: dict[str, list[str]] = field(default_factory=dict)
    functions: dict[str, Command] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    """The content of files that commands before wrote, as far as it is known, and the working folder."""
    positional: list[str] = field(default_factory=list)


class Expander:
    """Expands words; `substitute` is the output of a command substitution, `process` the name of a process's file."""

    def __init__(
        self,
        environment: Environment,
        substitute: Callable[[Script], str],
        process: Callable[[ProcessSubstitution], str],
    ) -> None:
        self._environment = environment
        self._substitute = substitute
        self._process = process

    def fields(self, words: tuple[Word, ...]) -> list[str]:
        """The arguments that words become."""
        found: list[str] = []
        for word in words:
            for text in _braced(_flat(word))[:_MOST_FIELDS]:
                found.extend(self._split(word, text))
        return found

    def text(self, word: Word) -> str:
        """The one text that a word becomes where nothing is split."""
        return "".join(
            self._literal(part.text, part.quoted, at) if isinstance(part, Literal) else self._value(part)
            for at, part in enumerate(word)
        )

    def _split(self, word: Word, text: str) -> list[str]:
        done: list[str] = []
        current: list[str] = []
        quoted = any(isinstance(part, Literal) and part.quoted for part in word)
        for at, char in enumerate(text):
            code = ord(char) - _PART
            if not 0 <= code < len(word):
                current.append(self._literal(char, False, at))
                continue
            part = word[code]
            if isinstance(part, Literal):
                current.append(part.text)
                continue
            every = self._each_of(part)
            value = self._value(part) if every is None else ""
            if getattr(part, "quoted", True) and every is None:
                quoted = True
                current.append(value)
                continue
            # An unquoted value is split, and what its ends touch is joined with them.
            pieces = self._pieces(value) if every is None else every or [""]
            if not getattr(part, "quoted", False):
                pieces = [_globbed(piece) for piece in pieces]
            if len(pieces) == 1:
                current.append(pieces[0])
                continue
            current.append(pieces[0])
            for piece in pieces[1:]:
                if current and "".join(current):
                    done.append("".join(current))
                current = [piece]
        last = "".join(current).translate(_UNBRACED)
        done = [each.translate(_UNBRACED) for each in done]
        return [*done, last] if last or (quoted and not done) else done

    def _each_of(self, part: Part) -> list[str] | None:
        """The values of `$@`, `${a[@]}`, and of `$*` where it is not quoted."""
        if not isinstance(part, Variable) or part.operator or part.indirect or part.length:
            return None
        base, _, index = part.name.partition("[")
        which = index.removesuffix("]") if index else base
        if which != "@" and (which != "*" or part.quoted):
            return None
        values = self._environment.arrays.get(base) if index else self._environment.positional
        if values is None:
            return self._pieces(self._value(part))
        return list(values) if part.quoted else [piece for value in values for piece in self._pieces(value)]

    def _pieces(self, value: str) -> list[str]:
        between = self._environment.variables.get("IFS", _SPACES)
        if not settled(between):
            between = _SPACES
        return re.split(f"[{re.escape(between)}]+", value) if between else [value]

    def _literal(self, text: str, quoted: bool, at: int) -> str:
        if quoted:
            return text
        if at == 0 and text[:1] == "~":
            name = re.match(r"~[\w.-]*", text)
            return HOME + _globbed(text[len(name[0]) if name else 1 :])
        return _globbed(text)

    def _value(self, part: Part) -> str:
        if isinstance(part, Substitution):
            return self._substitute(part.script).rstrip("\n")
        if isinstance(part, ProcessSubstitution):
            return self._process(part)
        if isinstance(part, Arithmetic):
            inner = self.text(part.inner)
            return str(int(inner)) if re.fullmatch(r"\s*\d+\s*", inner) else _sum(inner)
        if isinstance(part, Variable):
            return self._variable(part)
        return part.text

    def _looked_up(self, name: str) -> str | None:
        known = self._environment
        base, _, index = name.partition("[")
        if index:
            values = known.arrays.get(base)
            index = index.removesuffix("]")
            if values is None:
                return known.variables.get(base) if index == "0" else UNKNOWN
            if index in "@*":
                return self._between(index).join(values)
            number = re.fullmatch(r"-?\d+", index)
            return (values[int(index)] if -len(values) <= int(index) < len(values) else "") if number else UNKNOWN
        if base in known.arrays:
            return known.arrays[base][0] if known.arrays[base] else ""
        if base in known.variables:
            return known.variables[base]
        if base in "@*":
            return self._between(base).join(known.positional)
        if base.isdigit():
            return known.positional[int(base) - 1] if 0 < int(base) <= len(known.positional) else ""
        if base == "PWD":
            return known.files.folder if is_absolute(known.files.folder) else "."
        return None

    def _between(self, index: str) -> str:
        """What stands between the values that `*` makes one text of."""
        separators = self._environment.variables.get("IFS", _SPACES) if index == "*" else _SPACES
        return separators[:1] if settled(separators) else " "

    def _variable(self, variable: Variable) -> str:
        value = self._looked_up(variable.name)
        if variable.indirect and value is not None:
            value = self._looked_up(value)
        operator = variable.operator
        if operator.lstrip(":") in ("-", "=", "?", "+") and operator:
            return self._alternative(variable, value, operator)
        if value is None:
            return UNKNOWN
        if variable.length:
            return str(len(value)) if settled(value) else UNKNOWN
        if not operator:
            return value
        value = _PLACES.get(value, value) if value != "." else _FOLDER
        if not settled(value):
            return value
        return _changed(value, operator, self.text(variable.argument))

    def _alternative(self, variable: Variable, value: str | None, operator: str) -> str:
        other = self.text(variable.argument)
        if operator.endswith("+"):
            return "" if value is None or not value else other
        if value is None or (not value and operator.startswith(":")):
            if operator.endswith("="):
                self._environment.variables[variable.name] = other
            return "" if operator.endswith("?") else other
        return value


def _changed(value: str, operator: str, argument: str) -> str:
    plain = argument
    for char, mark in GLOBS.items():
        plain = plain.replace(mark, char)
    if operator == ":":
        numbers = re.fullmatch(r"\s*(-?\d+)\s*(?::\s*(-?\d+)\s*)?", plain)
        if numbers is None:
            return UNKNOWN
        begin = int(numbers[1])
        begin = max(0, len(value) + begin) if begin < 0 else begin
        if numbers[2] is None:
            return value[begin:]
        length = int(numbers[2])
        return value[begin : len(value) + length if length < 0 else begin + length]
    if operator in ("#", "##"):
        ends = range(len(value) + 1) if operator == "#" else range(len(value), -1, -1)
        return next((value[end:] for end in ends if fnmatchcase(value[:end], plain)), value)
    if operator in ("%", "%%"):
        starts = range(len(value), -1, -1) if operator == "%" else range(len(value) + 1)
        return next((value[:start] for start in starts if fnmatchcase(value[start:], plain)), value)
    if operator in ("/", "//"):
        sought, _, put = plain.partition("/")
        pattern = re.compile(translate(sought).removesuffix(r"\Z").removesuffix(r"\z"))
        return pattern.sub(lambda _: put, value, count=0 if operator == "//" else 1) if sought else value
    if operator[0] in "^,":
        change = str.upper if operator[0] == "^" else str.lower
        return change(value) if len(operator) == 2 else change(value[:1]) + value[1:]
    if operator == "@":
        return {"U": value.upper(), "L": value.lower(), "E": ansi_c(value), "u": value[:1].upper() + value[1:]}.get(
            plain, value
        )
    return UNKNOWN


def _globbed(text: str) -> str:
    return "".join(GLOBS.get(char, char) for char in text)


def _sum(text: str) -> str:
    numbers = re.fullmatch(r"\s*(\d+)\s*([-+*])\s*(\d+)\s*", text)
    if numbers is None:
        return UNKNOWN
    left, right = int(numbers[1][:9]), int(numbers[3][:9])
    return str({"+": left + right, "-": left - right, "*": left * right}[numbers[2]])


def _flat(word: Word) -> str:
    """The word as a text: a part that is not bare text is one character that stands for it."""
    return "".join(
        "".join(_BRACES.get(char, char) for char in part.text)
        if isinstance(part, Literal) and not part.quoted
        else chr(_PART + at)
        for at, part in enumerate(word[:0x700])
    )


def _braced(text: str) -> list[str]:
    """The texts that braces make of one."""
    opened = text.find(_OPEN)
    while opened >= 0:
        depth, commas = 0, []
        for at in range(opened, len(text)):
            depth += {_OPEN: 1, _CLOSE: -1}.get(text[at], 0)
            if text[at] == _COMMA and depth == 1:
                commas.append(at)
            if depth == 0:
                inside = _choices(text, opened, at, commas)
                if inside is None:
                    break
                tails = _braced(text[at + 1 :])
                middles = [each for choice in inside for each in _braced(choice)]
                made = [text[:opened] + middle + tail for middle in middles[:_MOST_FIELDS] for tail in tails]
                return made[:_MOST_FIELDS]
        opened = text.find(_OPEN, opened + 1)
    return [text]


def _choices(text: str, opened: int, closed: int, commas: list[int]) -> list[str] | None:
    if commas:
        edges = [opened, *commas, closed]
        return [text[begin + 1 : end] for begin, end in itertools.pairwise(edges)]
    between = re.fullmatch(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.-?\d+)?", text[opened + 1 : closed])
    if between is None:
        return None
    first, last = between[1], between[2]
    if first.lstrip("-").isdigit() != last.lstrip("-").isdigit():
        return None
    if first.lstrip("-").isdigit():
        begin, end = int(first[:9]), int(last[:9])
    else:
        begin, end = ord(first), ord(last)
    step = 1 if begin <= end else -1
    numbers = list(range(begin, end + step, step)) if abs(end - begin) < _MOST_FIELDS else [begin, end]
    return [str(each) if first.lstrip("-").isdigit() else chr(each) for each in numbers]
