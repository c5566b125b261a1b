"""The segments of a whole file, one after the other: declarations, a harness, its body, a test."""

from collections.abc import Generator
from dataclasses import dataclass

from hdsl.author.guide.body import Body
from hdsl.author.guide.declaring import Declared, declarations
from hdsl.author.guide.rules import Rules, quoted
from hdsl.author.guide.scope import Scope, Value
from hdsl.author.guide.testing import test_block
from hdsl.check.library import library
from hdsl.check.names import RUN_OPTIONS
from hdsl.check.project import PRELUDE
from hdsl.graph.shapes import Shape, shown_shape
from hdsl.graph.types import TEXT
from hdsl.syntax.tree import RESERVED

Segments = Generator[str, str, None]
"""Yields the grammar of the next segment, and is sent what was written by it."""

_HABITS = frozenset(
    "for while if elif try except finally do let var const def fn func function async await import from include true "
    "false none null nil".split()
)
_MOST_CALLS, _MOST_PARAMETERS = 40, 5
_SHAPES: tuple[Shape, ...] = ((), (1,), ("B",))


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be."""

    least: int = 1
    most: int = 12
    declarations: int = 3


class Guide:
    """Says what may be written next, and is told what was."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._segments = whole_file(limits or Limits())
        self._grammar: str | None = next(self._segments)

    @property
    def grammar(self) -> str | None:
        """The grammar of the next segment; None where the file is complete."""
        return self._grammar

    def take(self, text: str) -> None:
        """Goes on behind a segment, written by `grammar`."""
        try:
            self._grammar = self._segments.send(text)
        except StopIteration:
            self._grammar = None


def whole_file(limits: Limits) -> Segments:
    """A file with one harness and one test."""
    callables = library()[PRELUDE].callables
    taken = {*RESERVED, *RUN_OPTIONS, *_HABITS, *callables, *(option.name for each in callables.values() for option in each.options)}
    declared = Declared()
    rules = Rules()
    yield rules.grammar([quoted("hdsl 1\n\n")])
    name = yield from declarations(declared, taken, limits.declarations)
    scope = yield from _head(declared, taken, limits)
    body = Body(scope, callables, taken)
    yield from _statements(body)
    yield from test_block(name, scope, body)


def _head(declared: Declared, taken: set[str], limits: Limits) -> Generator[str, str, Scope]:
    """The inputs, the options and the result of the harness, and its budget."""
    rules = Rules()
    name = rules.pattern("[a-z][a-z_]{2,12}", taken)
    shapes = rules.either(quoted(f": text{shown_shape(shape)}") for shape in _SHAPES)
    first = yield rules.grammar([f"{name} {shapes} {_next(rules)}"])
    inputs: list[str] = []
    base: Shape = ()
    turns: dict[str, int] = {}
    options: list[str] = []
    text = first
    while True:
        word, kind = text.split(": ", 1)
        is_last = kind.endswith(") -> ")
        kind = kind.removesuffix(") -> ").removesuffix(", ")
        if " = " not in kind:
            if not inputs:
                base = next(each for each in _SHAPES if kind == f"text{shown_shape(each)}")
            inputs.append(word)
        elif kind.startswith("dim"):
            turns[word] = int(kind.rpartition(" ")[2])
        else:
            options.append(word)
        taken.add(word)
        if is_last:
            break
        rules = Rules()
        name = rules.pattern("[a-z][a-z_]{2,12}", taken)
        more: list[str] = []
        if not options and not turns and len(inputs) < 3:
            more.append(f"{name} {quoted(f': text{shown_shape(base)}')}")
        if len(options) < 3:
            more.append(f'{name} ": int = " {rules.pattern("[1-9][0-9]?")}')
            more.append(f'{name} ": str = " {rules.string(20)}')
        if not turns:
            more.append(f'"T: dim = " {rules.pattern("[2-9]")}')
        must_end = len(options) + len(turns) + len(inputs) >= _MOST_PARAMETERS - 1
        end = quoted(") -> ") if must_end else _next(rules)
        text = yield rules.grammar([f"{rules.either(more)} {end}"])
    rules = Rules()
    results = [TEXT, *declared.types.values()]
    chosen = yield rules.grammar([rules.either(quoted(f"{each.name}{shown_shape(base)} {{\n") for each in results)])
    result = next(each for each in results if chosen.startswith(f"{each.name}["))
    rules = Rules()
    per = f', per=[{", ".join(each for each in base if isinstance(each, str))}]' if any(isinstance(each, str) for each in base) else ""
    needed = sum(turns.values()) + (result != TEXT)
    numbers = rules.pattern("|".join(map(str, range(max(1, needed), needed + _MOST_CALLS))))
    budget = yield rules.grammar([f'"  budget(llm_calls=" {numbers} {quoted(per + ")" + chr(10) * 2)}'])
    allowed = int("".join(each for each in budget.partition(",")[0] if each.isdigit()))
    scope = Scope(
        base,
        result,
        limits.most,
        limits.least,
        allowed - needed,
        turns,
        tuple(options),
        tuple(declared.tables),
        (TEXT, *declared.types.values()),
    )
    for each in inputs:
        scope.add_input(Value(each, TEXT, base, frozenset({each}), is_input=True))
    for each in (*turns, *options):
        scope.unused[each] = None
    return scope


def _next(rules: Rules) -> str:
    return rules.either([quoted(", "), quoted(") -> ")])


def _statements(body: Body) -> Segments:
    while True:
        text = yield body.grammar()
        if text.startswith("  return "):
            return
        body.take(text)
