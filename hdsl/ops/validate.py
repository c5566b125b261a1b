"""Validators: they pass a text or fail it, with a cause [until_match, until_label, ft_validate_ctrl]."""

from collections.abc import Awaitable

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.ground.labels import label_of
from hdsl.ops.element import lift
from hdsl.ops.patterns import PatternError, is_found
from hdsl.ops.texts import first_line

_NO_KEY_CONFIDENCE = 0.1


def until_match(x: str, *, pattern: str) -> Element | Awaitable[Element]:
    """Passes the text where `re.search` with MULTILINE finds the pattern."""
    try:
        found = is_found(pattern, x)
    except PatternError as error:
        return x, Status.failed_because(str(error))
    return _matched(x, pattern, found) if isinstance(found, bool) else _matched_later(x, pattern, found)


async def _matched_later(x: str, pattern: str, search: Awaitable[bool]) -> Element:
    try:
        return _matched(x, pattern, await search)
    except PatternError as error:
        return x, Status.failed_because(str(error))


def _matched(x: str, pattern: str, found: bool) -> Element:
    return x, Status.confidence(1.0) if found else Status.failed_because(f"the pattern {pattern!r} is not found")


def until_label(x: str, label: str) -> Element:
    """Passes the text where it carries the label."""
    wanted = label.strip()
    if label_of(x, (wanted,)) is None:
        return x, Status.failed_because(f"the text does not carry the label {wanted!r}")
    return x, Status.confidence(1.0)


def ft_validate_ctrl(x: FutureTensor) -> FutureTensor:
    """The first line of each text where it names a key that types no character; else the element fails."""
    return lift(_key_name, (x,))


def _key_name(x: str) -> Element:
    from hdsl.terminal.keys import check_key, is_plain

    name = first_line(x)
    try:
        check_key(name)
    except ValueError as error:
        return "", Status.self_confidence_but_failed(_NO_KEY_CONFIDENCE, str(error))
    if is_plain(name):
        return "", Status.self_confidence_but_failed(_NO_KEY_CONFIDENCE, f"{name!r} types a character")
    return name, Status.confidence(1.0)
