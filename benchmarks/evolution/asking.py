"""Whom an instance asks: its scripted model, or any kernel, whose answers are kept in a file and counted alike.

A kernel is asked at temperature 0, and the same question once: a question that comes again gets the answer that is
kept, and counts as a call. So a bench that was interrupted goes on where it was, and trials differ by the order of the
examples alone.
"""

from dataclasses import asdict
from pathlib import Path

from benchmarks.evolution.model import Knowledge, ScriptedModel
from hdsl.configuration.settings import load_settings
from hdsl.ground.json_lines import append_json_line, read_json_lines
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Answer, Kernel, Request
from hdsl.run.answers import request_key
from hdsl.run.record import usage_from_json

SCRIPTED = "scripted"
SLIPS = 0.03


def kernel_of(name: str, knowledge: Knowledge, answers: Path) -> Kernel:
    """The scripted model of an instance, or the kernel of a name, with its answers in a file."""
    if name == SCRIPTED:
        return ScriptedModel(knowledge, SLIPS)
    return Kept(make_kernel(load_settings(kernel=name, temperature=0.0)), answers)


class Kept:
    """A kernel whose answers are kept in a file, by what was asked without its seed."""

    def __init__(self, kernel: Kernel, path: Path) -> None:
        self.name = kernel.name
        self._kernel, self._path = kernel, path
        self._said: dict[str, Answer] = {}
        for line in read_json_lines(path):
            value = line.value
            self._said[value["request"]] = Answer(**{**value["answer"], "usage": usage_from_json(value["usage"])})

    async def answer(self, request: Request) -> Answer:
        """The answer that is kept, with what it cost; else the kernel's."""
        key = request_key(request, str)
        if key not in self._said:
            answer = await self._kernel.answer(request)
            if key not in self._said:  # the same may have been asked meanwhile
                self._said[key] = answer
                told = {name: getattr(answer, name) for name in ("text", "refused", "overflowed", "cut", "final")}
                append_json_line(self._path, {"request": key, "answer": told, "usage": asdict(answer.usage)})
        return self._said[key]

    async def close(self) -> None:
        """Closes the kernel."""
        await self._kernel.close()
