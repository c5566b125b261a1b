"""What has been written of a body so far: its values, what still has to be used, and what may be used no more."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.typed import ExperienceTable
from hdsl.graph.types import BOOL, TEXT, Type, type_of
from hdsl.structure.structures import Record

SESSION = "session"


@dataclass(frozen=True, slots=True)
class Value:
    """An input or a node."""

    name: str
    type: Type
    shape: Shape
    behind: frozenset[str] = frozenset()
    """The nodes and inputs that it needs, itself among them."""
    uses: frozenset[str] = frozenset()
    """Those that stand in it."""
    is_input: bool = False
    asks: bool = False
    """Whether it asks a model itself."""
    validates: bool = False
    """Whether it is a validator itself."""
    thing: str = ""
    """What of the world it reads or changes itself: files, or a session by the name of its input."""
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Operand:
    """What may stand as an input: a value, or a field of a record that is one."""

    text: str
    value: Value
    type: Type


@dataclass
class Scope:
    """The body that is being written. Filled as statements come."""

    base: Shape
    """The shape of the inputs and of the result."""
    result: Type
    left: int
    """How many nodes may still be written."""
    least: int
    """How many there must be."""
    calls_left: int
    """Model calls that the budget still allows, for each element of the base shape."""
    turns: Mapping[str, int] = field(default_factory=dict)
    """The options that are the turns of a loop, with their sizes."""
    options: tuple[str, ...] = ()
    """The other options, which stand in texts."""
    tables: tuple[ExperienceTable, ...] = ()
    types: tuple[Type, ...] = ()
    values: dict[str, Value] = field(default_factory=dict)
    unused: dict[str, None] = field(default_factory=dict)
    """The values, turns and options that nothing uses yet, in order."""
    closed: set[str] = field(default_factory=set)
    """The values that may be used no more: those of the turns of a loop that is closed."""
    pending: list[str] = field(default_factory=list)
    """Nodes that touch one thing one after the other, if the next statement puts them into that order."""
    written: int = 0

    def add_input(self, value: Value) -> None:
        """An input of the harness."""
        self.values[value.name] = value
        self.unused[value.name] = None

    def operands(self, shape: Shape) -> Iterator[Operand]:
        """What may stand as an input of a shape, sessions excepted, the fields of records among it."""
        for value in self.open_values():
            if value.shape == shape and value.type.kind == "text":
                yield Operand(value.name, value, value.type)
                if isinstance(value.type.form, Record):
                    for each in value.type.form.fields:
                        yield Operand(f"{value.name}.{each.name}", value, type_of(each.structure))

    def kinds(self, shape: Shape) -> list[Type]:
        """The types of the operands of a shape, those that an annotation can name."""
        kinds = dict.fromkeys(each.type for each in self.operands(shape))
        return [each for each in kinds if each in self.types or each == BOOL]

    def plain(self, shape: Shape) -> list[Operand]:
        """The operands that are of no narrower type than text, and that touch nothing."""
        return [each for each in self.operands(shape) if each.type == TEXT and not self.touches(each.value)]

    def open_values(self) -> Iterator[Value]:
        """The values that may still be used."""
        return (value for name, value in self.values.items() if name not in self.closed)

    def shapes(self) -> list[Shape]:
        """The shapes of the texts that may still be used."""
        return list(dict.fromkeys(value.shape for value in self.open_values() if value.type.kind == "text"))

    def touches(self, value: Value) -> bool:
        """Whether a value, or what it needs, touches the world."""
        return any(self.values[name].thing for name in value.behind)

    def loop_of(self, shape: Shape) -> str:
        """The turns that a shape ends in; empty for none."""
        last = shape[-1] if shape else None
        return last if isinstance(last, str) and last in self.turns else ""

    def size(self, dimension: Dimension) -> int:
        """How often what has this dimension is done."""
        if isinstance(dimension, int):
            return dimension
        return self.turns.get(dimension, 1)

    def calls(self, shape: Shape) -> int:
        """How many calls a node of a shape makes for each element of the base shape."""
        count = 1
        for dimension in shape:
            count *= self.size(dimension)
        return count

    # What is still to be done

    def loose(self) -> list[Value]:
        """The values that nothing uses."""
        return [self.values[name] for name in self.unused if name in self.values]

    def loose_turns(self) -> list[str]:
        """The turns of loops that have not begun."""
        return [name for name in self.unused if name in self.turns]

    def loose_options(self) -> list[str]:
        """The options that no text holds."""
        return [name for name in self.unused if name in self.options]

    def need(self) -> int:
        """How many more nodes are surely enough to end the body."""
        needed = (len(self.pending) > 1) + 4 * len(self.loose_turns())
        for turn in self.turns:
            values = [each for each in self.loose() if self.loop_of(each.shape) == turn]
            needed += self._to_end(values) if values else 0
        inner = [each for each in self.loose() if each.shape != self.base and not self.loop_of(each.shape)]
        inner = [each for each in inner if each.type.kind != SESSION]
        sessions = [each for each in self.loose() if each.type.kind == SESSION]
        needed += len(inner) + 2 * len(sessions)
        if not needed and self.returned() is not None:
            return 0
        return needed + (1 if self.result == TEXT else 2)

    def _to_end(self, values: Iterable[Value]) -> int:
        """How many nodes end a loop from what nothing uses of its turns."""
        found = [each for each in values if each.type.kind != SESSION]
        behind = self.behind(found)
        is_one = len(found) == 1
        asks = any(self.values[name].asks or self.values[name].thing for name in behind if self._is_turn(name))
        validates = any(self.values[name].validates for name in behind if self._is_turn(name))
        return 1 + (not is_one) + (not asks) + (not (validates and is_one))

    def _is_turn(self, name: str) -> bool:
        return bool(self.loop_of(self.values[name].shape))

    def behind(self, values: Iterable[Value]) -> frozenset[str]:
        """All that some values need."""
        found: frozenset[str] = frozenset()
        for value in values:
            found |= value.behind
        return found

    def returned(self) -> str | None:
        """The value that the body may return now, since nothing else is left to use; None if there is none."""
        if len(self.pending) > 1 or len(self.unused) != 1 or self.written < self.least:
            return None
        value = self.values.get(next(iter(self.unused)))
        if value is None or value.shape != self.base or value.type != self.result or value.is_input:
            return None
        return value.name

    # What a statement does

    def take(self, value: Value, used: Iterable[str]) -> None:
        """A node that was written, and the names that stand in it."""
        names = set(used)
        behind = {value.name}
        for name in names & self.values.keys():
            behind |= self.values[name].behind
        self.values[value.name] = replace(value, behind=frozenset(behind), uses=frozenset(names & self.values.keys()))
        for name in names:
            self.unused.pop(name, None)
        self.unused[value.name] = None
        self.left -= 1
        self.written += 1


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_HOLE = re.compile(r"\{([A-Za-z_]\w*)(?:\.\w+)*\}")
_NAME = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?:\.\w+)*(?!\w|\.|\(|\s*=(?!>))")


def names_in(expression: str) -> set[str]:
    """The names that stand in an expression, in the holes of its texts too; a field by the name of its record."""
    outside = _STRING.sub(" ", expression)
    inside = " ".join(_STRING.findall(expression))
    return {match[1] for match in _NAME.finditer(outside)} | {match[1] for match in _HOLE.finditer(inside)}
