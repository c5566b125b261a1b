"""The options of a model's node: what every operation that asks a model takes, beside the options it declares."""

from collections.abc import Mapping

from hdsl.graph.program import Node
from hdsl.graph.signature import OptionParameter, Signature
from hdsl.syntax.tree import Span

RETRIES = "retries"

_NOWHERE = Span(0, 0)
_OPTIONS = (OptionParameter(RETRIES, "int", None, False, _NOWHERE),)


def model_options(signature: Signature) -> tuple[OptionParameter, ...]:
    """The options of a model's node that an operation takes. One that it declares itself is its own."""
    if signature.entry is None or not signature.has_effect("llm"):
        return ()
    return tuple(option for option in _OPTIONS if signature.option(option.name) is None)


def options_of_model(signature: Signature, options: Mapping[str, object]) -> dict[str, object]:
    """The options of a call that are for the model's node, and not for the operation's function."""
    return {option.name: options[option.name] for option in model_options(signature) if option.name in options}


def retries_of(node: Node) -> int | None:
    """How often a node asks again for an answer outside its type; None where it does not say."""
    signature = getattr(node.what, "signature", None)
    found = None if signature is None else options_of_model(signature, node.options).get(RETRIES)
    return found if isinstance(found, int) else None
