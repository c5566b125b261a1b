"""Stubs: what nodes say in a test instead of being evaluated, and how what is written fits the elements of a node."""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import Final, NamedTuple, TypeAlias

from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.signature import Signature
from hdsl.syntax.tree import Span


class StubText:
    """A text, for one element or for all. Not a tuple: those are the lists of a reply."""

    __slots__ = ("span", "text")

    def __init__(self, text: str, span: Span) -> None:
        self.text: Final = text
        self.span: Final = span

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StubText) and (self.text, self.span) == (other.text, other.span)

    def __hash__(self) -> int:
        return hash((self.text, self.span))


class StubFailure:
    """`fail("…")`: the element fails with that cause. Not a tuple, as `StubText` is not."""

    __slots__ = ("cause", "span")

    def __init__(self, cause: str, span: Span) -> None:
        self.cause: Final = cause
        self.span: Final = span

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StubFailure) and (self.cause, self.span) == (other.cause, other.span)

    def __hash__(self) -> int:
        return hash((self.cause, self.span))


_WAYS = 1000
"""In how many ways dimensions of 1 are left out at most."""

_SHOWN = 6
"""How many dimensions of a reply are shown."""

StubReply: TypeAlias = "StubText | StubFailure | tuple[StubReply, ...]"


class Stub(NamedTuple):
    """What one node of a harness says, in every call of it. `path`: the calls that lead to the node, and its name."""

    harness: Signature
    path: tuple[str, ...]
    shown: str
    reply: StubReply
    span: Span


def makes_room(signature: Signature) -> bool:
    """Whether an operation adds a last dimension of its own, which need not be filled."""
    last = signature.shape[-1:]
    known = {each for wanted in signature.inputs for each in wanted.shape} | {each.name for each in signature.options}
    return any(isinstance(each, str) and not each.startswith("*") and each not in known for each in last)


def elements_of(
    reply: StubReply, shape: Shape, loose: frozenset[int]
) -> Iterator[tuple[tuple[int, ...], StubText | StubFailure]] | None:
    """The elements that a reply gives to a node of that shape: a single one all of them; None where it does not fit.

    Dimensions of 1 may be left out; along the axes `loose` there may be fewer than the node has. A dimension that is
    still a name fits any number.
    """
    if not isinstance(reply, tuple):
        return iter((at, reply) for at in _all(shape))
    depth = _depth(reply)
    if not 0 < depth <= len(shape):
        return None
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    for left_out in islice(combinations(ones, len(shape) - depth), _WAYS):
        kept = [axis for axis in range(len(shape)) if axis not in left_out]
        if _fits(reply, [shape[axis] for axis in kept], [axis in loose for axis in kept]):
            return _placed(reply, kept, (0,) * len(shape))
    return None


def shown_reply(reply: StubReply) -> str:
    """What a reply is, in words."""
    sizes: list[str] = []
    while isinstance(reply, tuple):
        sizes.append(str(len(reply)))
        reply = reply[0]
    if len(sizes) > _SHOWN:
        sizes = [*sizes[:_SHOWN], "…"]
    if len(sizes) > 1:
        return f"lists of {' × '.join(sizes)} texts"
    return f"a list of {sizes[0]} text{'' if sizes[0] == '1' else 's'}" if sizes else "a text"


def texts_of(reply: StubReply) -> Iterator[StubText]:
    """All texts in a reply."""
    if isinstance(reply, tuple):
        for each in reply:
            yield from texts_of(each)
    elif isinstance(reply, StubText):
        yield reply


def _all(shape: Shape) -> Iterator[tuple[int, ...]]:
    if not shape:
        yield ()
        return
    size = shape[0] if isinstance(shape[0], int) else 1
    for first in range(size):
        yield from ((first, *rest) for rest in _all(shape[1:]))


def _depth(reply: StubReply) -> int:
    """How many lists are nested; -1 where they are not all nested alike."""
    if not isinstance(reply, tuple):
        return 0
    depths = {_depth(each) for each in reply}
    return -1 if len(depths) != 1 or -1 in depths else 1 + depths.pop()


def _fits(reply: StubReply, sizes: Sequence[Dimension], loose: Sequence[bool]) -> bool:
    if not isinstance(reply, tuple):
        return True
    size = sizes[0]
    if isinstance(size, int) and (len(reply) > size or (len(reply) < size and not loose[0])):
        return False
    return all(_fits(each, sizes[1:], loose[1:]) for each in reply)


def _placed(
    reply: StubReply, axes: Sequence[int], at: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], StubText | StubFailure]]:
    if not isinstance(reply, tuple):
        yield at, reply
        return
    axis, *rest = axes
    for number, each in enumerate(reply):
        yield from _placed(each, rest, (*at[:axis], number, *at[axis + 1 :]))
