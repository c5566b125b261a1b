"""template: a text whose holes are filled by the elements of inputs."""

from collections.abc import Sequence

from hdsl.ops.fillings import better_fillings
from hdsl.ops.learning import inverted_by

Part = str | int
"""A piece of text, or the number of the input that fills a hole."""


def with_fillings(actual: str, better: str, *inputs: str, parts: Sequence[Part]) -> list[str]:
    """The texts of which the better one is filled; ValueError where nobody can say whose change it is."""
    holes = [part for part in parts if isinstance(part, int)]
    found = better_fillings(_pieces(parts), [inputs[hole] for hole in holes], better)
    should = list(inputs)
    for hole, text in zip(holes, found, strict=True):
        if text == inputs[hole]:
            continue
        if should[hole] not in (inputs[hole], text):
            raise ValueError("the change would fill one text's holes with different texts")
        should[hole] = text
    return should


@inverted_by(with_fillings)
def template(*inputs: str, parts: Sequence[Part]) -> str:
    """The pieces with the inputs in the holes; what fills a hole is not looked at again."""
    return "".join(part if isinstance(part, str) else inputs[part] for part in parts)


def _pieces(parts: Sequence[Part]) -> list[str]:
    """What stands before the first hole, between each two and behind the last."""
    pieces = [""]
    for part in parts:
        if isinstance(part, str):
            pieces[-1] += part
        else:
            pieces.append("")
    return pieces
