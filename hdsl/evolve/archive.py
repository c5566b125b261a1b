"""The archive of an evolution: what happened, a line an event, and which of the graphs none is better than.

It has no times in it: the same seed and the same answers give the same lines, so that one that was interrupted goes on
by doing again what its lines say already.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hdsl.ground.errors import HdslError
from hdsl.ground.json_lines import LineLog, read_json_lines
from hdsl.ground.secrets import redacted

ARCHIVE = "archive.jsonl"


class ArchiveDiffers(HdslError):  # noqa: N818 - says what happened
    """What an evolution does again is not what its archive says it did."""


class Archive:
    """Events, in memory and on disk. Those that stand in the file are compared with what happens again.

    `redact` hides secrets in them.
    """

    def __init__(self, path: Path, redact: Callable[[str], str] = str) -> None:
        self.events: list[dict[str, Any]] = []
        self._earlier = [line.value for line in read_json_lines(path)]
        self._log = LineLog(path, is_durable=True)
        self._redact = redact
        last = self._earlier[-1] if self._earlier else None
        self.has_ended = isinstance(last, dict) and last.get("event") == "ended"
        """Whether the search had ended before, and is only done again."""

    def add(self, event: str, **what: Any) -> None:
        """Notes an event. ArchiveDiffers where another one stands there already."""
        value: dict[str, Any] = redacted({"event": event, **what}, self._redact)
        number = len(self.events)
        if number < len(self._earlier):
            if self._earlier[number] != _plain(value):
                raise ArchiveDiffers(
                    f"{self._log.path}:{number + 1} says otherwise than what happens now: "
                    "the file, the data or hdsl itself has changed since; begin anew"
                )
        else:
            self._log.append(value)
        self.events.append(value)

    def close(self) -> None:
        """Closes the file."""
        self._log.close()


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@dataclass(frozen=True, slots=True)
class Member:
    """A graph that was measured: its number, its parent's, and what counts."""

    number: int
    parent: int | None
    loss: float
    calls: float
    """Model calls an answer, as measured."""
    nodes: int
    text: str = field(compare=False, default="")
    change: str = ""

    def as_json(self) -> dict[str, Any]:
        """The member without its text."""
        return {
            "id": self.number,
            "parent": self.parent,
            "loss": round(self.loss, 6),
            "calls": round(self.calls, 4),
            "nodes": self.nodes,
            "change": self.change,
        }


def front(members: Sequence[Member]) -> list[Member]:
    """The members that no other one is at least as good as in all of loss, calls and nodes, and better in one."""

    def worth(member: Member) -> tuple[float, float, int]:
        return member.loss, member.calls, member.nodes

    def beaten(member: Member) -> bool:
        return any(
            worth(other) != worth(member) and all(a <= b for a, b in zip(worth(other), worth(member), strict=True))
            for other in members
        )

    return [member for member in members if not beaten(member)]
