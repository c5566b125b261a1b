"""What a function returned, as elements: a text, a text with a status, or a list for all places of a last dimension."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, cast

from hdsl.future.flight import Element, is_pair, kind_of
from hdsl.future.node import Coordinates
from hdsl.future.status import Status
from hdsl.kernel.labelled import Outside, read_answer
from hdsl.ops.outcomes import ABSENT, room_for
from hdsl.ops.site import Site

SURE = Status.confidence(1.0)

Get = Callable[[], Awaitable[Any]]
"""Calls a function, and is what it returned."""

_TEXTS = (str, "str", tuple[str, Status], "tuple[str, Status]")
"""What a function says that it returns which makes one element."""


def as_element(result: Any, site: Site) -> Element:
    """One element; one outside of the type of its node has failed. TypeError for what is no element."""
    if not isinstance(result, str) and not is_pair(result):
        raise TypeError(f"a function returns a text, or a text and its Status, and `{site.name}` got {kind_of(result)}")
    text, status = (result, SURE) if isinstance(result, str) else cast(Element, result)
    if site.checked is None or not isinstance(status, Status) or not status.is_confidence:
        return text, status
    read = read_answer(text, site.checked)
    if isinstance(read, Outside):
        return text, Status.failed_because(f"the result of `{site.name}` {read.reason}")
    return read, status


class Lists:
    """The results of a function whose operation adds a last dimension: it may return a list with all its elements.

    Then it is called once for all of them; one that returns a text is called for each. Which of the two it is, it says
    in its signature, or by the first thing that it returns.
    """

    def __init__(self, function: Callable[..., Any], site: Site) -> None:
        assert site.shape is not None
        self._site = site
        self._room = site.shape[-1]
        self._returns_texts = _returned_by(function) in _TEXTS
        self._found: dict[Coordinates, list[Element] | Exception] = {}
        self._calls: dict[Coordinates, asyncio.Lock] = {}

    async def element(self, coordinates: Coordinates, get: Get) -> Element:
        """The element, by a call where none has given it yet."""
        *first, number = coordinates
        base = tuple(first)
        if not self._returns_texts:
            async with self._calls.setdefault(base, asyncio.Lock()):
                if base not in self._found and not self._returns_texts:
                    try:
                        result = await get()
                        is_for_all = _is_for_all(result)
                        if is_for_all:
                            self._found[base] = self._elements(result)
                    except Exception as error:
                        self._found[base] = error
                        raise
                    if not is_for_all:
                        self._returns_texts = True
                        return as_element(result, self._site)
            found = self._found.get(base)
            if isinstance(found, Exception):
                raise found
            if found is not None:
                return found[number] if number < len(found) else ABSENT
        return as_element(await get(), self._site)

    def _elements(self, result: Any) -> list[Element]:
        if not isinstance(result, list):
            return [result] * self._room  # failed, or absent, and so is each of them
        too_many = room_for(len(result), self._room)
        if too_many is not None:
            return [("", too_many)] * self._room
        return [ABSENT if each is None else as_element(each, self._site) for each in result]


def _returned_by(function: Callable[..., Any]) -> Any:
    try:
        return inspect.signature(function).return_annotation
    except (TypeError, ValueError):
        return inspect.Signature.empty


def _is_for_all(result: Any) -> bool:
    """Whether it is a list, or the status that all elements of one have."""
    if isinstance(result, list):
        return True
    status = result[1] if isinstance(result, tuple) and len(result) == 2 else None
    return isinstance(status, Status) and not status.is_confidence
