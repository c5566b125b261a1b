"""What `hdsl reflect` shows: the nodes by blame, and what else the traces say; as tables or as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from hdsl.ground.display import one_line
from hdsl.reflect.summary import Summary

LISTED, WIDTH = 8, 40


def as_json(summary: Summary) -> dict[str, Any]:
    """The summary as plain data."""
    value = asdict(summary)
    for table, shown in zip(summary.tables, value["tables"], strict=True):
        shown["never_used"] = list(table.never_used)
        shown["contradicted"] = [row.number for row in table.contradicted]
    for loop, shown in zip(summary.loops, value["loops"], strict=True):
        shown["uses_all_turns"] = loop.uses_all
        shown["taken"] = {str(turns): count for turns, count in loop.taken.items()}
    return value


def as_text(summary: Summary, run: str, left_alone: int) -> str:
    """The summary as tables; `left_alone` is how many examples are kept for validation."""
    lines = [
        f"{summary.harness}: {_of(summary.examples, 'example')}"
        + (f" ({left_alone} more left for validation)" if left_alone else "")
        + f", {summary.wrong} wrong; loss {summary.loss:.4f}"
        + (f", {summary.attributed:.0%} of it attributed" if summary.wrong else ""),
        f"  {_of(summary.calls, 'model call')}, {_of(summary.reflections, 'reflection')}; "
        f"record: runs/{run} (reflection.jsonl)",
        "",
        *_table(
            ("node", "operation", "ran", "failed", "wrong", "blamed", "share", "examples"),
            [
                (
                    node.path,
                    node.operation,
                    str(node.ran),
                    str(node.failed),
                    f"{node.wrong}/{node.judged}",
                    str(node.blamed),
                    f"{node.blame:.0%}",
                    _listed(node.examples),
                )
                for node in sorted(summary.nodes, key=lambda node: -node.blame)
            ],
        ),
    ]
    for part in (_rows(summary), _structure(summary)):
        found = list(part)
        if found:
            lines += ["", *found]
    return "\n".join(lines)


def _rows(summary: Summary) -> Iterator[str]:
    for table in summary.tables:
        never = len(table.never_used)
        used = len(table.rows) - never
        yield f"{table.key}: {_of(len(table.rows), 'row')}, {used} used, {never} never used, " + (
            f"{len(table.contradicted)} contradicted"
        )
        for row in table.contradicted[:LISTED]:
            key, value = one_line(row.key, WIDTH), one_line(row.value, WIDTH)
            yield (
                f"  row {row.number} ({key} -> {value}): contradicted {row.contradicted} of {row.used} times, "
                f"examples {_listed(row.examples)}"
            )


def _structure(summary: Summary) -> Iterator[str]:
    for path, labels in summary.unused_branches.items():
        yield f"{path}: never takes the branch {', '.join(map(repr, labels))}"
    for loop in summary.loops:
        if loop.uses_all:
            yield f"{loop.path}: always uses all of its {loop.turns} turns"
        if loop.repeated:
            yield f"{loop.path}: {_of(loop.repeated, 'turn')} repeated the text of the turn before"
    for each in summary.ambiguous:
        answers = "; ".join(
            f"{one_line(answer, WIDTH)} (examples {_listed(lines)})" for answer, lines in each.wanted.items()
        )
        yield f"{each.node}: cannot tell apart {one_line(each.request, WIDTH)!r}, of which is wanted: {answers}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _listed(lines: Sequence[int]) -> str:
    """The lines of examples, the first few."""
    shown = ", ".join(map(str, lines[:LISTED]))
    return f"{shown}, …" if len(lines) > LISTED else shown


def _of(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
