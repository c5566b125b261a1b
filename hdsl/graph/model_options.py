"""The options of a model's node: what every operation that asks a model takes, beside the options it declares."""

from collections.abc import Mapping
from typing import NamedTuple

from hdsl.graph.program import Node
from hdsl.graph.signature import OptionParameter, Signature
from hdsl.graph.types import OptionKind
from hdsl.syntax.tree import Span

RETRIES, ALONE = "retries", "alone"

_NOWHERE = Span(0, 0)


class ModelOption(NamedTuple):
    """What an option of a model's node may be."""

    kind: OptionKind
    allowed: str
    """What its values are called in a report."""
    said: str
    """The values in words."""
    minimum: float | None = None
    is_literal: bool = False
    """Whether it has to be written as a literal, because what is checked depends on it."""

    def takes(self, value: object) -> bool:
        """Whether a value of its kind is one of those that are allowed."""
        if isinstance(value, str):
            return bool(value.strip())
        return self.minimum is None or (isinstance(value, int | float) and self.minimum <= value < float("inf"))


MODEL_OPTIONS: Mapping[str, ModelOption] = {
    RETRIES: ModelOption("int", "count", "an integer of at least 0", 0, is_literal=True),
    ALONE: ModelOption("bool", "bool", "`true` or `false`", is_literal=True),
    "temperature": ModelOption("float", "float from 0", "a number of at least 0", 0),
    "max_tokens": ModelOption("int", "int from 1", "an integer of at least 1", 1),
    "model": ModelOption("str", "name", "the name of a kernel in quotes"),
}
"""By the name: how often an answer outside its type is asked for again; whether goal and turns are left out; how freely
the model samples; the longest answer; the named kernel that answers."""

_PARAMETERS = tuple(OptionParameter(name, each.kind, None, False, _NOWHERE) for name, each in MODEL_OPTIONS.items())


def model_options(signature: Signature) -> tuple[OptionParameter, ...]:
    """The options of a model's node that an operation takes. One that it declares itself is its own."""
    if signature.entry is None or not signature.has_effect("llm"):
        return ()
    return tuple(option for option in _PARAMETERS if signature.option(option.name) is None)


def options_of_model(signature: Signature, options: Mapping[str, object]) -> dict[str, object]:
    """The options of a call that are for the model's node, and not for the operation's function."""
    return {option.name: options[option.name] for option in model_options(signature) if option.name in options}


def model_options_of(node: Node) -> dict[str, object]:
    """The options of a model's node that a node is written with."""
    signature = getattr(node.what, "signature", None)
    return {} if signature is None else options_of_model(signature, node.options)


def retries_of(node: Node) -> int | None:
    """How often a node asks again for an answer outside its type; None where it does not say."""
    found = model_options_of(node).get(RETRIES)
    return found if isinstance(found, int) else None


def asks_with_the_loop(node: Node) -> bool:
    """Whether a node asks a model with the goal and the turns of the loop it is in."""
    return any(effect.name == "llm" for effect in node.effects) and not model_options_of(node).get(ALONE)
