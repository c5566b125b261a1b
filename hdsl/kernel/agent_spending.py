"""What coding agents cost, within the limits of a command.

How often an agent calls its model nobody knows before: within limits, it gets all that is left, and agents work one at
a time.
"""

from dataclasses import replace

from hdsl.kernel.agent import AgentKernel
from hdsl.kernel.request import Answer, LimitReached, Request, Usage
from hdsl.kernel.spending import Limits, Prices, Purse


class MeteredAgent:
    """The agent kernel, whose answers say what they cost: at the prices, or, without any, what its CLI says."""

    def __init__(self, kernel: AgentKernel, prices: Prices, purse: Purse) -> None:
        self.name = kernel.name
        self._kernel, self._prices, self._purse = kernel, prices, purse

    async def answer(self, request: Request) -> Answer:
        """The agent's answer. LimitReached where nothing is left, or a limit stopped it."""
        if self._purse.limits == Limits():
            return await self._answer(request, None)
        room = await self._purse.rest()
        # The CLI counts in dollars at list prices; what is left of another money it cannot be held to.
        left = replace(room.left, cost=None) if self._prices != Prices() else room.left
        usage = Usage()
        try:
            answer = await self._answer(request, left)
            usage = answer.usage
        except LimitReached as reached:
            usage = reached.usage
            raise
        finally:
            self._purse.release(room, usage)
        return answer

    async def close(self) -> None:
        """Closes the kernel."""
        await self._kernel.close()

    async def _answer(self, request: Request, left: Limits | None) -> Answer:
        try:
            answer = await self._kernel.answer(request, left)
        except LimitReached as reached:
            reached.usage = self._priced(reached.usage)
            raise
        return replace(answer, usage=self._priced(answer.usage))

    def _priced(self, usage: Usage) -> Usage:
        cost = self._prices.cost(usage.prompt_tokens, usage.completion_tokens)
        return replace(usage, cost=cost) if cost else usage
