"""What a run shows: live on a terminal while it happens, and afterwards the story of what was decided and done."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.output import on_terminal
from hdsl.future.status import Status
from hdsl.graph.program import Program
from hdsl.ground.display import marked_line, safe
from hdsl.ground.json_lines import read_json_lines
from hdsl.run.record import TRACE, read_texts

if TYPE_CHECKING:
    from rich.live import Live

    from hdsl.future.context import PullRecord, Recorder

LINES_SHOWN = 12
WIDTH_SHOWN = 72


def told(program: Program) -> dict[str, str]:
    """The nodes whose evaluations tell the story: those that ask a model or change the world, by what they do."""
    kinds: dict[str, str] = {}
    for node in program.nodes.values():
        effects = {effect.name for effect in node.effects}
        if "llm" in effects:
            kinds[node.path] = "asked"
        elif "write" in effects:
            kinds[node.path] = "wrote"
        elif "fails" in effects:
            kinds[node.path] = "judged"
    return kinds


def story(program: Program, folder: Path) -> list[str]:
    """What a recorded run decided and did, one line an evaluation, in the order of their end.

    A failure is told where it began: what fails by the same cause at the same place is left out.
    """
    kinds = told(program)
    lines: list[tuple[float, str]] = []
    causes: set[tuple[tuple[int, ...], str]] = set()
    texts = read_texts(folder)
    for line in read_json_lines(folder / TRACE):
        pull = line.value
        kind, cause, place = kinds.get(pull["node"]), pull.get("cause", ""), tuple(pull["coordinates"])
        if kind is None or (place, cause) in causes:
            continue
        if cause:
            causes.add((place, cause))
        shown = told_line(kind, pull["node"], place, texts.get(pull["text"], ""), Status(pull["status"], cause))
        lines.append((pull["started"] + pull["duration"], shown))
    lines.sort()
    if len(lines) > 2 * LINES_SHOWN:
        skipped = f"… {len(lines) - 2 * LINES_SHOWN} more, all in trace.jsonl"
        return [line for _, line in lines[:LINES_SHOWN]] + [skipped] + [line for _, line in lines[-LINES_SHOWN:]]
    return [line for _, line in lines]


def told_line(kind: str, node: str, coordinates: tuple[int, ...], text: str, status: Status) -> str:
    """One evaluation in words: `asked  action [0, 1]: text:echo hello`."""
    cause = status.cause
    shown = marked_line((cause or text).strip(), WIDTH_SHOWN)
    what = f"failed: {shown}" if cause else ("passed" if kind == "judged" else shown)
    if status.is_absent:
        what = "absent"
    return f"{kind:<6} {node} {list(coordinates)}: {what}"


@contextmanager
def watching(program: Program) -> "Iterator[Recorder | None]":
    """A live view on stderr while the block runs; none where stdout or stderr is not a terminal."""
    if not (on_terminal(sys.stdout) and on_terminal(sys.stderr)):
        yield None
        return
    from rich.console import Console, Group
    from rich.live import Live
    from rich.panel import Panel
    from rich.text import Text

    view = _View(program)

    def picture() -> Group:
        lines, screen = view.snapshot()
        return Group(
            *(Text(line, overflow="ellipsis", no_wrap=True) for line in lines), Panel(Text(screen), title="screen")
        )

    with Live(console=Console(stderr=True), get_renderable=picture, refresh_per_second=8, transient=True) as live:
        view.live = live
        yield view


class _View:
    """The last lines of the story so far and the last screen seen."""

    def __init__(self, program: Program) -> None:
        self._kinds = told(program)
        self._screens = {
            node.path for node in program.nodes.values() if any(node.sessions) and not _writes(node.path, program)
        }
        self._lines: list[str] = []
        self._screen = ""
        self._lock = threading.Lock()
        self.live: Live | None = None
        """The picture on the terminal, which is taken away while a person is asked something."""

    def on_pull(self, record: "PullRecord") -> None:
        """Takes what was just evaluated."""
        kind = self._kinds.get(record.node)
        with self._lock:
            if kind is not None:
                self._lines.append(told_line(kind, record.node, record.coordinates, record.text, record.status))
            if record.node in self._screens and record.text:
                self._screen = safe(record.text)

    def snapshot(self) -> tuple[list[str], str]:
        """What to draw now."""
        with self._lock:
            screen = "\n".join(self._screen.split("\n")[-LINES_SHOWN:])
            return [line[: 2 * WIDTH_SHOWN] for line in self._lines[-LINES_SHOWN:]], screen


def _writes(path: str, program: Program) -> bool:
    return any(effect.name in ("write", "open") for effect in program.nodes[path].effects)
