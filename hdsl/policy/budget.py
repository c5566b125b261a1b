"""What reading one text may make and do. A few hundred bytes can say more than a machine holds, so all that is made of
them is paid for here: a single text that gets too long is not known, and whoever has spent everything stops reading.

Amounts are characters; what takes time and makes none is paid for as if it had made some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from hdsl.policy.texts import TOO_LONG, UNKNOWN, taint

LONGEST = 100_000
"""How long one text may get that is made of others."""
MOST = 1_000_000
"""How much may be made altogether."""


class Spent(Exception):  # noqa: N818 - says what is the case
    """More is made than is read."""


class Budget:
    """What has been made so far."""

    def __init__(self) -> None:
        self.made = 0

    def pay(self, amount: int) -> None:
        """Pays for something; raises Spent where it is too much."""
        if amount > MOST - self.made:
            self.made = MOST
            raise Spent
        self.made += amount

    @contextmanager
    def used(self) -> Iterator[None]:
        """Whatever is made in between is paid for from this one."""
        # What makes texts is many functions in many files, and none of them may be left out.
        before = _USED.set(self)
        try:
            yield
        finally:
            _USED.reset(before)


_USED: ContextVar[Budget | None] = ContextVar("budget", default=None)


def pay(amount: int) -> None:
    """Pays from the budget that is in use; raises Spent where it is too much."""
    budget = _USED.get()
    if budget is not None:
        budget.pay(amount)


def too_long(*texts: str) -> str:
    """What stands for a text that would be too long: nothing is known of it but the marks of what it is made of."""
    return taint("".join(taint(each) for each in texts) + TOO_LONG) + UNKNOWN


def bounded(text: str, longest: int = LONGEST) -> str:
    """A text that was just made, if it is not too long."""
    if len(text) > longest:
        return too_long(text)
    pay(len(text))
    return text


def joined(parts: Iterable[str], between: str = "", longest: int = LONGEST) -> str:
    """The parts as one text, if it is not too long. All parts are made in any case, for what making them does."""
    found: list[str] = []
    length = -len(between)
    for part in parts:
        found.append(part)
        length += len(part) + len(between)
        if length > longest:
            found = [too_long(*found)]
    if length > longest:
        return too_long(*found, between)
    if len(found) > 1:
        pay(length)
    return between.join(found)


def replaced(text: str, old: str, new: str, longest: int = LONGEST, count: int = -1) -> str:
    """The text with one part in the place of another, if it is not too long."""
    if not old:
        return text
    places = text.count(old)
    length = len(text) + (places if count < 0 else min(places, count)) * (len(new) - len(old))
    if length > longest:
        return too_long(text, new)
    pay(length)
    return text.replace(old, new, count)
