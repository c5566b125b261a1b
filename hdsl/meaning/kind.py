"""A kind of operation: its demand, how its result comes about, and its typing beyond the signature."""

import importlib
import re
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from hdsl.meaning.demand import Demand, Own, Shape

DEFAULT = "elementwise"
"""The kind of an operation that names none."""

NOT_SAID = "unknown"
"""The kind of a tensor operation that names none."""

_NAME = r"[a-z][a-z_]*"


class Gives(Enum):
    """Whose text an element of the result has."""

    ITS_OWN = "its own"
    FIRST = "that of an element of its first input"
    LAST = "that of an element of its last input"
    ONE_OF = "that of an element of one of its inputs"


class Kind(NamedTuple):
    """The meaning of an operation. `demand_of(result, inputs, items)`: from the shapes of the result and of each input
    (None for one that is not a tensor), and of an index its items."""

    name: str
    demand_of: Callable[[Shape, tuple[Shape | None, ...], tuple[Any, ...]], Demand]
    gives: Gives = Gives.ITS_OWN
    has_steps: bool = False
    """Whether its inputs are steps, each after the one before. Then the result has the type of the last."""
    takes_turns: bool = False
    """Whether it goes through the last dimension of an input turn by turn."""
    takes_sessions: bool = False
    """Whether its type variables may stand for sessions."""
    unwraps: bool = False
    """Whether its one input is a label, and the result what stands behind that."""
    owes: bool = False
    """Whether a stage of its demand is owed."""
    grows: bool = False
    """Whether the result is the first input, grown to the shape of the result."""
    is_known: bool = True
    """Whether the demand says what is asked for; if not, effects behind its inputs cannot be ordered."""
    is_declarable: bool = True
    """Whether it may stand behind `as` outside of the library."""

    def demand(self, result: Shape, inputs: Sequence[Shape | None], items: tuple[Any, ...] = ()) -> Demand:
        """The demand of an element of a result of that shape."""
        if items:
            return self.demand_of(result, tuple(inputs), items)
        return _demand(self, result, tuple(inputs))


@lru_cache(maxsize=4096)
def _demand(kind: Kind, result: Shape, inputs: tuple[Shape | None, ...]) -> Demand:
    return kind.demand_of(result, inputs, ())


@cache
def kind_named(name: str) -> Kind:
    """The kind of a name, from its file in `kinds/`; KeyError if there is none."""
    if not re.fullmatch(_NAME, name):
        raise KeyError(name)
    try:
        kind: Kind = importlib.import_module(f"hdsl.meaning.kinds.{name}").KIND
    except ModuleNotFoundError:
        raise KeyError(name) from None
    return kind


@cache
def kind_names() -> tuple[str, ...]:
    """The names of all kinds."""
    folder = Path(__file__).parent / "kinds"
    return tuple(sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")))


def declarable() -> list[str]:
    """The kinds that may stand behind `as`."""
    return [name for name in kind_names() if kind_named(name).is_declarable]


def misfit(kind: Kind, result: Shape, inputs: Sequence[Shape | None]) -> str:
    """Why an operation of these shapes cannot be of a kind; empty if it can."""
    reason = f"its inputs and its result do not have the dimensions that `{kind.name}` asks for"
    try:
        demand = kind.demand(result, inputs)
    except (IndexError, ValueError):
        return reason
    for stage in demand:
        for access in stage.accesses:
            shape = inputs[access.input]
            if shape is None or len(access.at) != len(shape):
                return reason
            for at, size in zip(access.at, shape, strict=True):
                if isinstance(at, Own) and (at.axis >= len(result) or not (kind.grows or size == result[at.axis])):
                    return reason
    return ""
