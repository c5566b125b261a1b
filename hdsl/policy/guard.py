"""The policy as the gate of terminals: decides, asks a person where there is one, and says why not."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Literal

from hdsl.ground.display import one_line
from hdsl.policy.deciding import decide
from hdsl.policy.decision import Context, Decision, Rules

_SHOWN = 120

Done = Literal["typed", "called", "started"]
_DO: Mapping[Done, str] = {"typed": "Type", "called": "Call", "started": "Start"}

Ask = Callable[[str], bool]
"""Puts a question to a person; whether the answer was yes."""


class Guard:
    """Answers for one run. `ask` puts a question to a person; None where nobody can be asked: then it is a denial.

    `done`: what is not done where it is refused: typed, called or started.
    """

    def __init__(self, rules: Rules, ask: Ask | None = None, done: Done = "typed") -> None:
        self.rules = rules
        self._ask = ask
        self._done = done
        self._asking = asyncio.Lock()

    async def refusal(self, text: str, program: str, earlier: tuple[str, ...], expands_history: bool) -> str | None:
        """Why a text must not reach the program that reads it (empty: a shell), in one sentence; None if it may."""
        decision = decide(text, self.rules, Context(program, earlier, expands_history))
        if decision.mode == "allow":
            return None
        if decision.mode == "ask" and self._ask is not None:
            question = f"{_what(text, decision)}: {decision.reason} ({decision.rule}). {_DO[self._done]} it?"
            async with self._asking:
                if await _answer(self._ask, question):
                    return None
            return f"{_what(text, decision)} was not {self._done}: {decision.reason} ({decision.rule}), and you said no"
        return refusal_of(text, decision, self._done)


async def _answer(ask: Ask, question: str) -> bool:
    """What a person says. The thread that waits for it does not keep the process alive."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bool] = loop.create_future()

    def settle(answer: bool) -> None:
        if not answered.done():
            answered.set_result(answer)

    def wait() -> None:
        answer = False
        try:
            answer = ask(question)
        finally:
            with contextlib.suppress(RuntimeError):  # The loop may have ended meanwhile.
                loop.call_soon_threadsafe(settle, answer)

    threading.Thread(target=wait, name="hdsl-ask", daemon=True).start()
    return await answered


def refusal_of(text: str, decision: Decision, done: Done = "typed") -> str:
    """The sentence of a denial, or of a question that nobody can be asked."""
    what = f"{_what(text, decision)} was not {done}"
    nobody = "and there is no terminal to ask at"
    add = f'add allow = ["{_pattern(decision.command)}"] to [policy] in hdsl.toml'
    setting, is_setting, _ = decision.rule.partition(" = ")
    if is_setting:
        does = "denies it" if decision.mode == "deny" else f"asks about it, {nobody}"
        change = add if setting == "default" else "take that pattern out"
        yes = ", or give --yes" if decision.mode == "ask" else ""
        return f"{what}: [policy] in hdsl.toml has {decision.rule}, which {does}; to allow it, {change}{yes}"
    does = "denies" if decision.mode == "deny" else "asks about"
    unasked = "" if decision.mode == "deny" else f", {nobody}"
    return f"{what}: the rule {decision.rule} {does} what {decision.reason}{unasked}; to allow it, {add}, or give --yes"


def _what(text: str, decision: Decision) -> str:
    shown = one_line(text, _SHOWN)
    inner = one_line(decision.where or decision.command, _SHOWN)
    return f"`{shown}`" if inner in ("", shown) else f"`{shown}` (`{inner}`)"


def _pattern(command: str) -> str:
    return one_line(command, _SHOWN).replace("\\", "\\\\").replace('"', '\\"')
