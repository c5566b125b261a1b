"""The head of the harness: its inputs, its options, its result, its budget."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from hdsl.author.guide.declaring import Declared
from hdsl.author.guide.limits import Limits
from hdsl.author.guide.rules import Rules, quoted
from hdsl.author.guide.scope import Scope, Value
from hdsl.graph.shapes import Shape, shown_shape
from hdsl.graph.types import SESSION, TEXT, Type

_MOST_CALLS, _MOST_PARAMETERS, _MOST_INPUTS = 40, 5, 3
_NEXT, _LAST = ",", ") ->"
_SHAPES: tuple[Shape, ...] = ((), (1,), ("B",))


@dataclass
class _Parameters:
    """The parameters so far."""

    base: Shape | None = None
    inputs: dict[str, Type] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.inputs) + len(self.turns) + len(self.options)

    @property
    def has_session(self) -> bool:
        return SESSION in self.inputs.values()


def head(declared: Declared, taken: set[str], limits: Limits) -> Generator[str, str, Scope]:
    """The head up to the first statement; the scope of the body."""
    found = yield from _parameters(taken, limits)
    base = found.base or ()
    rules = Rules()
    results = [TEXT, *declared.types.values()]
    written = yield rules.grammar([rules.either(quoted(f" {each.name}{shown_shape(base)} {{\n ") for each in results)])
    result = next(each for each in results if written.startswith(f" {each.name}["))
    needed = sum(found.turns.values()) + (result != TEXT)
    left = yield from _budget(base, needed)
    types = (TEXT, *declared.types.values())
    scope = Scope(
        base, result, limits.most, limits.least, left, found.turns, tuple(found.options), tuple(declared.tables), types
    )
    for name, kind in found.inputs.items():
        scope.add_input(Value(name, kind, base, frozenset({name}), is_input=True))
    for name in (*found.turns, *found.options):
        scope.unused[name] = None
    return scope


def _parameters(taken: set[str], limits: Limits) -> Generator[str, str, _Parameters]:
    found = _Parameters()
    while True:
        rules = Rules()
        name = rules.pattern("[a-z][a-z_]{2,12}", taken)
        options = [f"{written} {after}" for written, after in _next_parameter(rules, name, found, limits)]
        space = '" "' if found.count else ""
        text = yield rules.grammar([f"{space} {rules.either(options)}"])
        _take(text.strip().removesuffix(_LAST).removesuffix(_NEXT), found)
        taken.update(found.inputs, found.turns, found.options)
        if text.endswith(_LAST):
            return found


def _next_parameter(rules: Rules, name: str, found: _Parameters, limits: Limits) -> Iterator[tuple[str, str]]:
    """What may be declared, each with what may follow it: inputs first, then a session, then options."""
    wants_session = limits.terminal and not found.has_session
    wants_turns = bool(limits.loop) and not found.turns
    room = _MOST_PARAMETERS - found.count

    def after(waiting: bool) -> str:
        ends = [_NEXT] if waiting else [_NEXT, _LAST] if room > 1 else [_LAST]
        return rules.either(map(quoted, ends))

    is_waiting = wants_session or wants_turns
    has_room = room > wants_session + wants_turns
    if found.base is None:
        yield f"{name} {rules.either(quoted(f': text{shown_shape(shape)}') for shape in _SHAPES)}", after(is_waiting)
        return
    if has_room and len(found.inputs) < _MOST_INPUTS and not (found.has_session or found.options or found.turns):
        yield f"{name} {quoted(f': text{shown_shape(found.base)}')}", after(is_waiting)
    if wants_session:
        yield f"{name} {quoted(f': session{shown_shape(found.base)}')}", after(wants_turns)
        return
    if has_room:
        yield f'{name} ": int = " {rules.pattern("[1-9][0-9]?")}', after(is_waiting)
        yield f'{name} ": str = " {rules.string(20)}', after(is_waiting)
    if limits.loop is not False and not found.turns:
        yield f'"T: dim = " {rules.pattern("[2-9]")}', after(False)


def _take(text: str, found: _Parameters) -> None:
    name, kind = text.split(": ", 1)
    if " = " not in kind:
        if found.base is None:
            found.base = next(each for each in _SHAPES if kind == f"text{shown_shape(each)}")
        found.inputs[name] = SESSION if kind.startswith("session") else TEXT
    elif kind.startswith("dim"):
        found.turns[name] = int(kind.rpartition(" ")[2])
    else:
        found.options.append(name)


def _budget(base: Shape, needed: int) -> Generator[str, str, int]:
    """The budget; how many calls it allows beyond those that the end of the body may need."""
    rules = Rules()
    names = [each for each in base if isinstance(each, str)]
    end = quoted(f", per=[{', '.join(names)}])\n\n " if names else ")\n\n ")
    numbers = rules.pattern("|".join(map(str, range(max(1, needed), needed + _MOST_CALLS))))
    text = yield rules.grammar([f'" budget(llm_calls=" {numbers} {end}'])
    return int("".join(each for each in text.partition(",")[0] if each.isdigit())) - needed
