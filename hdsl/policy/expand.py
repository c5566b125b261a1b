"""What the words of a command become: braces, variables, substitutions, splitting. File names are not looked up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from hdsl.policy import patterns
from hdsl.policy.budget import bounded, joined, pay, too_long
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
_MOST_BRACES = 40
_BRACES = {"{": _OPEN, ",": _COMMA, "}": _CLOSE}
_AS_BRACES = str.maketrans(_BRACES)
_AS_GLOBS = str.maketrans(GLOBS)
_UNBRACED = str.maketrans({mark: char for char, mark in _BRACES.items()})
_SPACES = " \t\n"
_MOST_SEPARATORS = 100
_MOST_DIGITS = 18
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

    def blur(self) -> None:
        """Forgets what was set, where it is not known what was set last."""
        self.variables.update(dict.fromkeys(self.variables.keys() - _START.keys(), too_long()))
        self.arrays.clear()
        self.positional = []


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
            texts = _braced(_flat(word))
            for text in texts[:_MOST_FIELDS]:
                found.extend(self._split(word, text))
            if len(texts) > _MOST_FIELDS:
                found.append(too_long())  # The words that are not looked at.
        pay(len(found))
        return found

    def text(self, word: Word) -> str:
        """The one text that a word becomes where nothing is split."""
        if len(word) == 1 and isinstance(word[0], Literal):
            return self._literal(word[0].text, word[0].quoted, 0)
        return joined(
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
                if any(current):
                    done.append(joined(current))
                current = [piece]
        last = (current[0] if len(current) == 1 else joined(current)).translate(_UNBRACED)
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
        pay(len(values))
        return list(values) if part.quoted else [piece for value in values for piece in self._pieces(value)]

    def _pieces(self, value: str) -> list[str]:
        between = self._environment.variables.get("IFS", _SPACES)
        if not settled(between):
            between = _SPACES
        pay(len(value))
        return re.split(f"[{re.escape(between[:_MOST_SEPARATORS])}]+", value) if between else [value]

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
            number = _number(inner)
            return _sum(inner) if number is None else str(number)
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
                return joined(values, self._between(index))
            number = _number(index)
            return UNKNOWN if number is None else values[number] if -len(values) <= number < len(values) else ""
        if base in known.arrays:
            return known.arrays[base][0] if known.arrays[base] else ""
        if base in known.variables:
            return known.variables[base]
        if base in "@*":
            return joined(known.positional, self._between(base))
        if base.isdecimal():
            number = _number(base)
            return "" if number is None or not 0 < number <= len(known.positional) else known.positional[number - 1]
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
        return bounded(_changed(value, operator, self.text(variable.argument)))

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
        start, colon, size = plain.partition(":")
        begin, length = _number(start), _number(size)
        if begin is None or (colon and length is None):
            return UNKNOWN
        begin = max(0, len(value) + begin) if begin < 0 else begin
        if length is None:
            return value[begin:]
        return value[begin : len(value) + length if length < 0 else begin + length]
    if operator in ("#", "##", "%", "%%"):
        left = patterns.trimmed(value, plain, operator)
        return too_long(value) if left is None else left
    if operator in ("/", "//"):
        sought, _, put = plain.partition("/")
        made = patterns.exchanged(value, sought, put, operator == "//")
        return too_long(value) if made is None else made
    if operator[0] in "^,":
        change = str.upper if operator[0] == "^" else str.lower
        return change(value) if len(operator) == 2 else change(value[:1]) + value[1:]
    if operator == "@":
        return {"U": value.upper(), "L": value.lower(), "E": ansi_c(value), "u": value[:1].upper() + value[1:]}.get(
            plain, value
        )
    return UNKNOWN


def _globbed(text: str) -> str:
    return text.translate(_AS_GLOBS)


def _number(text: str) -> int | None:
    """The whole number that a text is; None where it is none, or one that nobody counts to."""
    found = re.fullmatch(r"\s*(-?[0-9]+)\s*", text)
    return int(found[1]) if found and len(found[1]) <= _MOST_DIGITS else None


def _sum(text: str) -> str:
    numbers = re.fullmatch(r"\s*([0-9]+)\s*([-+*])\s*([0-9]+)\s*", text)
    if numbers is None:
        return UNKNOWN
    left, right = int(numbers[1][:9]), int(numbers[3][:9])
    return str({"+": left + right, "-": left - right, "*": left * right}[numbers[2]])


def _flat(word: Word) -> str:
    """The word as a text: a part that is not bare text is one character that stands for it."""
    return "".join(
        part.text.translate(_AS_BRACES) if isinstance(part, Literal) and not part.quoted else chr(_PART + at)
        for at, part in enumerate(word[:0x700])
    )


def _braced(text: str) -> list[str]:
    """The texts that braces make of one, and one more than is looked at where there are more."""
    if _OPEN not in text:
        return [text]
    if text.count(_OPEN) > _MOST_BRACES:
        return [too_long()]
    return list(itertools.islice(_in_braces(text), _MOST_FIELDS + 1))


def _in_braces(text: str) -> Iterator[str]:
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
                yield from _put_together(text[:opened], inside, text[at + 1 :])
                return
        opened = text.find(_OPEN, opened + 1)
    yield text


def _put_together(before: str, choices: Iterable[str], after: str) -> Iterator[str]:
    tails = _braced(after)
    for choice in choices:
        for middle in _braced(choice):
            for tail in tails:
                pay(len(before) + len(middle) + len(tail))
                yield before + middle + tail


def _choices(text: str, opened: int, closed: int, commas: list[int]) -> list[str] | None:
    if commas:
        edges = [opened, *commas, closed]
        return [text[begin + 1 : end] for begin, end in itertools.pairwise(edges)]
    between = re.fullmatch(r"(-?[0-9]+|[A-Za-z])\.\.(-?[0-9]+|[A-Za-z])(?:\.\.-?[0-9]+)?", text[opened + 1 : closed])
    if between is None:
        return None
    first, last = between[1], between[2]
    if first.lstrip("-").isdecimal() != last.lstrip("-").isdecimal():
        return None
    if first.lstrip("-").isdecimal():
        begin, end = int(first[:9]), int(last[:9])
    else:
        begin, end = ord(first), ord(last)
    step = 1 if begin <= end else -1
    numbers = list(range(begin, end + step, step)) if abs(end - begin) < _MOST_FIELDS else [begin, end]
    return [str(each) if first.lstrip("-").isdecimal() else chr(each) for each in numbers]
