"""What `hdsl evolve` shows: what was kept and why, both tables beside the controls, and what to use."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hdsl.ground.display import safe

_COLUMNS = ("", "calls", "calls an answer", "loss", "gain", "95 % interval")


def as_text(report: Mapping[str, Any]) -> str:
    """The report as lines."""
    return "\n".join(safe(line) for line in _lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    parts = report["parts"]
    loss = report["loss"]
    yield (
        f"{report['harness']}: loss {loss['before']:.4f} → {loss['after']:.4f} "
        f"on {parts['validation']} held-out examples ({parts['training']} trained on, {parts['sealed']} sealed)"
    )
    yield (
        f"  {report['proposed']} edits proposed, {report['checked']} of them check; {report['calls']:,} model calls; "
        f"{report['ended']}; record: runs/{report['run']}"
    )
    if not report["change"]:
        yield "  no edit was surely better: nothing is kept"
    for each in report["change"]:
        low, high = each["interval"]
        yield ""
        yield f"{each['id']}: {each['change']} (gain {each['gain']:.4f}, {low:.4f} to {high:.4f})"
        yield from (f"  {line}" for line in each["evidence"])
        yield from (f"  {line}" for line in each["diff"][2:])
    before, after = report["footprint"]["before"], report["footprint"]["after"]
    changed = [f"{name} {before[name]:g} → {after[name]:g}" for name in ("calls", "writes", "seconds", "nodes")
               if before[name] != after[name]]  # fmt: skip
    if changed:
        yield ""
        yield f"at most, an answer: {', '.join(changed)}"
    if report["predictions"].get("skill") is not None:
        found = report["predictions"]
        yield f"predictions: {found['count']} examples, Brier score {found['score']:.4f}, skill {found['skill']:+.2f}"
    if report["tables"] is not None:
        yield from _tables(report["tables"], "held-out examples, by which the graph was chosen")
    if report.get("sealed"):
        yield from _tables(report["sealed"], f"{report['sealed']['examples']} sealed examples, opened now")
        yield from _opened(report)
    elif report["tables"] is not None and report.get("opened_before"):
        yield ""
        yield from _opened(report)
    elif report["tables"] is not None and parts["sealed"]:
        yield ""
        yield f"the sealed examples were not looked at: hdsl evolve --resume {report['run']} --unseal"
    if report["applied"]:
        yield f"{report['file']} is written"
    elif report["change"]:
        yield f"the file is not changed: hdsl evolve --resume {report['run']} --apply"


def _opened(report: Mapping[str, Any]) -> Iterator[str]:
    for run, count in report.get("opened_before", {}).items():
        sealed = report["parts"]["sealed"]
        yield f"{count} of {sealed} sealed examples were opened before, by {run}: they are no test any more"


def _tables(tables: Mapping[str, Any], on: str) -> Iterator[str]:
    for name, told in (
        ("equal_calls_in_all", "at equal calls in all"),
        ("equal_calls_an_answer", "at equal calls an answer"),
    ):
        yield ""
        yield f"{told} ({on})"
        yield from _table([_COLUMNS, *map(_row, tables[name])])
    yield ""
    yield f"{tables['recommended']} ({on.partition(',')[0]})"


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    gain, (low, high) = each.get("gain"), each.get("interval", (0.0, 0.0))
    return (
        each["name"],
        f"{each['calls']:,}",
        f"{each['calls_an_answer']:.2f}",
        f"{each['loss']:.4f}",
        "" if gain is None else f"{gain:+.4f}",
        "" if gain is None else f"{low:+.4f} to {high:+.4f}",
    )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
