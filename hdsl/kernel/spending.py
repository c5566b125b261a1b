"""What calls cost, and limits of calls, tokens and money that no call passes.

A call is admitted by what it may come to: its question is estimated from above, its answer by the longest that it may
be. Where less is left than that, its answer is given what is left, and a call that needs more has reached the limit.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hdsl.ground.fields import field_names, has_fields
from hdsl.kernel.limits import answer_limit
from hdsl.kernel.request import Answer, Kernel, LimitReached, Request, Usage

_CHARACTERS_OF_A_TOKEN = 3
"""ASCII characters that are at least a token, nearly always; any other character may be several bytes, each a token."""

_INSTRUCTIONS = 250
"""Tokens of a prompt beside the texts of its request."""

_MARGIN = 1.1
"""How much more than any before it a question may have, for its length."""

_SHORTEST_ANSWER = 8
"""Tokens that must be left for an answer to be worth asking for."""

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in whatever money they are given in."""

    input: float = 0.0
    output: float = 0.0

    def cost(self, prompt_tokens: float, completion_tokens: float) -> float:
        """What so many tokens cost."""
        return (prompt_tokens * self.input + completion_tokens * self.output) / _MILLION


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that all calls together may come to; None: as much as they need."""

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None


class Purse:
    """What has been spent of limits, and what calls that are under way may still spend."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.spent = Usage()
        self._reserved: list[_Reservation] = []
        self._changed = asyncio.Event()

    async def reserve(self, estimate: Callable[[], int], longest: int, prices: Prices) -> "_Reservation":
        """Room for a call: its question of as many tokens as are now estimated, and as long an answer as there may be.

        Waits for calls under way where there would be more room after them. LimitReached where there is none.
        """
        while True:
            reservation = self._room(estimate(), longest, prices)
            if reservation is not None and (reservation.answer == longest or not self._reserved):
                self._reserved.append(reservation)
                return reservation
            if not self._reserved:
                raise LimitReached(self._reason())
            self._changed.clear()
            await self._changed.wait()

    async def rest(self) -> "_Reservation":
        """Room for one that calls a model as often as it needs: all that is left, once nothing else is under way.

        LimitReached where nothing is left.
        """
        while self._reserved:
            self._changed.clear()
            await self._changed.wait()
        limits, spent = self.limits, self.spent
        calls = None if limits.calls is None else limits.calls - spent.calls
        tokens = None if limits.tokens is None else limits.tokens - spent.tokens
        cost = None if limits.cost is None else limits.cost - spent.cost
        if any(left is not None and left <= 0 for left in (calls, tokens, cost)):
            raise LimitReached(self._reason())
        reservation = _Reservation(0, tokens or 0, cost or 0.0, calls or 1, Limits(calls, tokens, cost))
        self._reserved.append(reservation)
        return reservation

    def release(self, reservation: "_Reservation", usage: Usage) -> None:
        """A call has ended, with what it cost."""
        self._reserved.remove(reservation)
        self.spent += usage
        self._changed.set()

    def reached(self, usage: Usage) -> LimitReached:
        """What ends a run whose last answer was cut for want of room."""
        return LimitReached(self._reason(), usage)

    def _room(self, estimate: int, longest: int, prices: Prices) -> "_Reservation | None":
        limits, under_way = self.limits, self._reserved
        if limits.calls is not None and self.spent.calls + sum(each.calls for each in under_way) >= limits.calls:
            return None
        answer = float(longest)
        if limits.tokens is not None:
            answer = min(answer, limits.tokens - self.spent.tokens - sum(each.tokens for each in under_way) - estimate)
        if limits.cost is not None and (prices.input or prices.output):
            left = limits.cost - self.spent.cost - sum(each.cost for each in under_way) - prices.cost(estimate, 0)
            if left < 0:
                return None
            answer = min(answer, left * _MILLION / prices.output) if prices.output else answer
        if answer < min(longest, _SHORTEST_ANSWER):
            return None
        return _Reservation(estimate, int(answer), prices.cost(estimate, int(answer)))

    def _reason(self) -> str:
        """Which limit is reached, in one sentence."""
        limits, spent = self.limits, self.spent
        if limits.calls is not None and spent.calls >= limits.calls:
            return f"the limit of {limits.calls:,} model calls is reached (--max-calls)"
        parts = []
        if limits.tokens is not None:
            parts.append(f"{spent.tokens:,} of {limits.tokens:,} tokens are spent (--max-tokens)")
        if limits.cost is not None:
            parts.append(f"{spent.cost:.6g} of {limits.cost:.6g} is spent (--max-cost)")
        return f"the next model call could pass a limit: {' and '.join(parts)}"


@dataclass(eq=False, slots=True)
class _Reservation:
    """What one call may come to."""

    question: int
    answer: int
    cost: float
    calls: int = 1
    left: Limits = Limits()
    """Of the rest: how much that is."""

    @property
    def tokens(self) -> int:
        return self.question + self.answer


class Metered:
    """A kernel whose answers say what they cost, and that asks nothing beyond the limits.

    `longest`: the longest answer of a request that does not say, in tokens; 0 for a kernel that writes none.
    """

    def __init__(self, kernel: Kernel, prices: Prices, purse: Purse, longest: int) -> None:
        self.name = kernel.name
        self._kernel, self._prices, self._purse, self._longest = kernel, prices, purse, longest
        self._scale: float | None = None
        """The most tokens that a question had for each that was estimated."""
        self._reasoning = 0
        """The most tokens that an answer had beyond its length, as one has of a model that reasons."""

    async def answer(self, request: Request) -> Answer:
        """The kernel's answer. LimitReached where it could pass a limit, or was cut for want of room."""
        if self._purse.limits == Limits():
            return self._priced(await self._kernel.answer(request))
        length = answer_limit(request, self._longest) if self._longest else 0
        longest = length + self._reasoning
        estimated = estimated_tokens(request) if self._longest else 0
        room = await self._purse.reserve(lambda: self._corrected(estimated), longest, self._prices)
        usage = Usage()
        try:
            asked = request if room.answer >= length else replace(request, max_tokens=room.answer)
            answer = self._priced(await self._kernel.answer(asked))
            usage = answer.usage
        finally:
            self._purse.release(room, usage)
        if estimated and usage.prompt_tokens:
            self._scale = max(self._scale or 0.0, usage.prompt_tokens / estimated)
        self._reasoning = max(self._reasoning, usage.completion_tokens - length) if length else 0
        if asked is not request and usage.completion_tokens >= room.answer:
            raise self._purse.reached(usage)
        return answer

    async def close(self) -> None:
        """Closes the kernel."""
        await self._kernel.close()

    def _corrected(self, estimated: int) -> int:
        """An estimate by what earlier questions turned out to have."""
        return estimated if self._scale is None else int(estimated * min(1.0, self._scale * _MARGIN)) + 1

    def _priced(self, answer: Answer) -> Answer:
        usage = answer.usage
        cost = self._prices.cost(usage.prompt_tokens, usage.completion_tokens)
        return replace(answer, usage=replace(usage, cost=cost)) if cost else answer


def estimated_tokens(request: Request) -> int:
    """The tokens that a question may have, from above: its texts and what a prompt says beside them."""
    texts = list(_texts(request))
    return _INSTRUCTIONS + tokens_of_texts(texts) + 8 * len(texts)


def tokens_of_texts(texts: Sequence[str]) -> int:
    """The tokens that texts may have, from above."""
    plain = sum(len(text) for text in texts if text.isascii())
    other = sum(len(text.encode("utf-8", "replace")) for text in texts if not text.isascii())
    return plain // _CHARACTERS_OF_A_TOKEN + other


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
    elif has_fields(type(value)):
        for name in field_names(type(value)):
            yield from _texts(getattr(value, name))
