"""Signatures of operations and harnesses: what they take, what they give, what they do to the world."""

from typing import NamedTuple, TypeAlias

from hdsl.graph.shapes import Shape
from hdsl.graph.types import ExperienceOf, OptionKind, TensorType, Type
from hdsl.meaning.kind import DEFAULT, Kind, kind_named
from hdsl.syntax.tree import Span

EFFECTS = ("llm", "read", "write", "open", "wait", "fails")


class Effect(NamedTuple):
    """`!llm(calls)`: the effect and the option that bounds it, if one does."""

    name: str
    option: str | None = None

    def __str__(self) -> str:
        return f"!{self.name}({self.option})" if self.option else f"!{self.name}"


class OperationOf(NamedTuple):
    """The type of a parameter that takes an operation: `op(text[*E], session[*E]) -> text[*E] !read`."""

    inputs: "tuple[tuple[Type, Shape], ...]"
    result: Type
    shape: Shape
    effects: tuple[Effect, ...]


class Input(NamedTuple):
    """An input by position: a tensor, an experience, a session."""

    name: str
    type: TensorType
    shape: Shape
    repeated: bool
    optional: bool
    span: Span


OptionDefault: TypeAlias = str | int | float | bool | None


class OptionParameter(NamedTuple):
    """An option by name. `required` where it has no default; where it is not required and has none (`with: str?`), one
    that is not given is None to the operation's function."""

    name: str
    kind: "OptionKind | OperationOf"
    default: OptionDefault
    required: bool
    span: Span


def _types_of(kind: TensorType) -> tuple[Type, ...]:
    return (kind.key, kind.value) if isinstance(kind, ExperienceOf) else (kind,)


class Signature(NamedTuple):
    """What an operation or a harness is to its callers.

    `module` is the path of the file that declares it; `entry` is the operation's function, None for a harness.
    """

    name: str
    module: str
    inputs: tuple[Input, ...]
    options: tuple[OptionParameter, ...]
    result: Type
    shape: Shape
    effects: tuple[Effect, ...]
    entry: str | None
    is_harness: bool
    span: Span
    kind: str = DEFAULT
    """What it asks of its inputs: the name of a kind of `hdsl.meaning`."""

    @property
    def meaning(self) -> Kind:
        """Its kind."""
        return kind_named(self.kind)

    @property
    def is_of_any_type(self) -> bool:
        """Whether its result is of the type that is written of it: none of its inputs says one."""
        kinds = [each for wanted in self.inputs for each in _types_of(wanted.type)]
        return self.result.kind == "variable" and self.result not in kinds

    def option(self, name: str) -> OptionParameter | None:
        """The option of this name, or None."""
        return next((option for option in self.options if option.name == name), None)

    @property
    def required_inputs(self) -> int:
        """How many inputs must be given: all before the first optional one, trailing sessions of a harness excepted."""
        return sum(not wanted.optional and not self.may_be_fresh(wanted) for wanted in self.inputs)

    def may_be_fresh(self, wanted: Input) -> bool:
        """Whether an input that is not given is a fresh session: the session inputs of a harness, which stand last."""
        return self.is_harness and isinstance(wanted.type, Type) and wanted.type.kind == "session"

    def has_effect(self, name: str) -> bool:
        """Whether the operation has an effect of this name."""
        return any(effect.name == name for effect in self.effects)
