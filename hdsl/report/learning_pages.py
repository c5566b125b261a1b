"""The pages of what learns: a training step by step, a reflection by its nodes, an evolution by its events."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl.evolve.archive import ARCHIVE
from hdsl.evolve.evolution import REPORT as EVOLVED
from hdsl.evolve.record import RECORD as EVOLUTION
from hdsl.ground.page import escaped, facts, page, table
from hdsl.learn.run_folder import START, STEPS, TRAINING
from hdsl.reflect.record import RECORD as REFLECTION
from hdsl.report.parts import Shown, badge, cost, limited, listed, named, problems, section, state_of
from hdsl.report.reading import numbers, read_lines, read_object

_WIDTH, _HEIGHT, _EDGE = 720.0, 240.0, 40.0


def training_page(folder: Path, shown: Shown) -> str:
    """A training: its choices, the curve of its loss, and what each step changed."""
    found: list[str] = []
    record, start = read_object(folder / TRAINING, found), read_object(folder / START, found)
    steps = list(read_lines(folder / STEPS, found, _step))
    usage = {
        name: sum(numbers(step.get("usage")).get(name, 0.0) for step in steps)
        for name in ("calls", "prompt_tokens", "completion_tokens", "cost", "cached", "retries")
    }
    names = ("harness", "file", "data", "loss", "kernel", "keep", "epochs", "batch", "lr", "valid", "seed")
    said: list[tuple[str, object]] = [(name, shown.plain(str(record[name]))) for name in names if name in record]
    said += [("steps", len(steps)), ("kept", sum(step["kept"] is True for step in steps)), ("cost", cost(usage))]
    if isinstance(start.get("validation"), int | float):
        said.append(("validation loss before", f"{start['validation']:.4f}"))
    body = _head(record, "training", found) + facts(said) + section("Loss", _curve(steps, start.get("validation")))
    first, more = limited(steps)
    body += section("Steps", "\n".join(_step_told(step, shown) for step in first) + more)
    return page(f"{record.get('harness', 'a training')}: training {folder.name}", body)


def reflection_page(folder: Path, shown: Shown) -> str:
    """A reflection: which nodes are to blame, how rows did."""
    found: list[str] = []
    record = read_object(folder / REFLECTION, found)
    known = [(name, shown.plain(str(record[name]))) for name in ("harness", "file", "loss", "examples", "attributed")
             if isinstance(record.get(name), str | int | float)]  # fmt: skip
    body = _head(record, "reflection", found) + facts(known)
    names = ("path", "operation", "ran", "failed", "judged", "wrong", "blamed", "blame")
    rows = [[node.get(name, "") for name in names] for node in map(named, listed(record.get("nodes")))]
    rows.sort(key=lambda row: -row[-1] if isinstance(row[-1], int | float) else 0.0)
    if rows:
        body += section("Nodes", table(names, rows, numbers=frozenset(range(2, 8))))
    for each in map(named, listed(record.get("tables"))):
        columns = ("number", "key", "value", "shown", "used", "right", "contradicted")
        first, more = limited(listed(each.get("rows")))
        told = [[shown.plain(str(row.get(name, ""))) for name in columns] for row in map(named, first)]
        if told:
            body += section(f"Rows of {each.get('key', 'a table')}", table(columns, told) + more)
    return page(f"{record.get('harness', 'a reflection')}: reflection {folder.name}", body)


def evolution_page(folder: Path, shown: Shown) -> str:
    """An evolution: what was tried and kept, beside what the same calls buy otherwise."""
    found: list[str] = []
    record = read_object(folder / EVOLUTION, found)
    report = read_object(folder / EVOLVED, found) if (folder / EVOLVED).exists() else {}
    events = list(read_lines(folder / ARCHIVE, found, _event))
    choices = named(record.get("choices"))
    loss = named(report.get("loss"))
    said = [
        ("file", shown.plain(str(choices.get("file", "")))),
        ("proposer", str(choices.get("proposer", ""))),
        ("kernel", str(choices.get("kernel", ""))),
        ("loss", " → ".join(f"{loss[name]:.4f}" for name in ("before", "after") if isinstance(loss.get(name), float))),
        ("model calls", report.get("calls", "")),
        ("ended", shown.plain(str(report.get("ended", "")))),
    ]
    body = _head({**choices, **record}, "evolution", found) + facts(said)
    for name in ("equal_calls_in_all", "equal_calls_an_answer"):
        lines = [named(line) for line in listed(named(report.get("tables")).get(name))]
        columns = list(dict.fromkeys(key for line in lines for key in line))
        if lines:
            rows: list[list[object]] = [[shown.plain(str(line.get(key, ""))) for key in columns] for line in lines]
            body += section(name.replace("_", " "), table(columns, rows))
    first, more = limited(events)
    body += section("Events", "\n".join(_event_told(event, shown) for event in first) + more)
    return page(f"{choices.get('harness', 'an evolution')}: evolution {folder.name}", body)


def _head(record: Mapping[str, Any], what: str, found: list[str]) -> str:
    state, kind = state_of(record)
    name = record.get("harness")
    title = name if isinstance(name, str) else f"a {what}"
    reason = record.get("reason")
    told = f'<p class="failed">{escaped(reason)}</p>\n' if isinstance(reason, str) and reason else ""
    return f"<h1>{escaped(title)} <span class=quiet>{what}</span> {badge(state, kind)}</h1>\n{told}{problems(found)}"


def _step(value: Any) -> dict[str, Any]:
    if not isinstance(value["step"], int) or not isinstance(value["loss"], int | float):
        raise TypeError("a step has a number and a loss")
    return {"kept": False, "validation": None, **value}


def _step_told(step: Mapping[str, Any], shown: Shown) -> str:
    validation = step["validation"]
    after = f", validation {validation:.4f}" if isinstance(validation, int | float) else ""
    state = "" if step["kept"] is True else badge("taken back", "failed")
    spent = cost(numbers(step.get("usage")))
    changes = "".join(_change_told(change, shown) for change in map(named, listed(step.get("changes"))))
    refused = "".join(
        f'<p class="failed">{shown.line(str(named(each).get("cause", "")), 400)}</p>'
        for each in listed(step.get("refused"))
    )
    lines = ", ".join(map(str, listed(step.get("lines"))))
    summary = f"step {step['step']} (epoch {step.get('epoch', '')}): loss {step['loss']:.4f}{after} {state}"
    return (
        f"<details><summary>{summary}</summary>{facts([('examples', lines), ('cost', spent)])}"
        f"{changes or '<p class=quiet>nothing changed</p>'}{refused}</details>"
    )


def _change_told(change: Mapping[str, Any], shown: Shown) -> str:
    """The cells that a step changed in one table, by row."""
    rows: list[list[object]] = []
    cells, more = limited(listed(change.get("cells")))
    for cell in cells:
        index, before, after = _cell(cell)
        rows.append([index // 3, ("query", "key", "value")[index % 3], shown.plain(before), shown.plain(after)])
    name = change.get("table", change.get("uid", ""))
    columns = ["row", "column", "before", "after"]
    return f"<h3>{escaped(name)}</h3>{table(columns, rows)}{more}" if rows else ""


def _cell(value: Any) -> tuple[int, str, str]:
    if isinstance(value, list) and len(value) == 3:
        index, before, after = value
    else:
        index, before, after = (named(value).get(name) for name in ("index", "before", "after"))
    return (index if isinstance(index, int) else 0), str(before or ""), str(after or "")


def _event(value: Any) -> dict[str, Any]:
    if not isinstance(value["event"], str):
        raise TypeError("an event has a name")
    return dict(value)


def _event_told(event: Mapping[str, Any], shown: Shown) -> str:
    about = [(name, shown.plain(str(value))) for name, value in event.items() if name != "event" and value is not None]
    change = shown.line(str(event.get("change") or event.get("reason") or ""))
    kind = "good" if event["event"] == "accepted" else "quiet"
    return f"<details><summary>{badge(event['event'], kind)} {change}</summary>{facts(about)}</details>"


def _curve(steps: Sequence[Mapping[str, Any]], first: Any) -> str:
    """The loss of each step, and the validation losses of those that were kept, as an SVG."""
    losses = [(step["step"], float(step["loss"])) for step in steps]
    kept = [(step["step"], float(step["validation"])) for step in steps
            if step["kept"] is True and isinstance(step["validation"], int | float)]  # fmt: skip
    if isinstance(first, int | float):
        kept.insert(0, (0, float(first)))
    if not losses:
        return ""
    last, top = max(at for at, _ in losses), max(0.01, *(loss for _, loss in (*losses, *kept)))

    def points(values: Sequence[tuple[int, float]]) -> Iterator[str]:
        for at, loss in values:
            x = _EDGE + at / max(1, last) * (_WIDTH - 2 * _EDGE)
            yield f"{x:.1f},{_HEIGHT - _EDGE - loss / top * (_HEIGHT - 2 * _EDGE):.1f}"

    def line(values: Sequence[tuple[int, float]], colour: str) -> str:
        dots = "".join(
            '<circle cx="{}" cy="{}" r="2.5" fill="{}"/>'.format(*point.split(","), colour) for point in points(values)
        )
        return f'<polyline points="{" ".join(points(values))}" fill="none" stroke="{colour}"/>{dots}'

    low, high = _HEIGHT - _EDGE, _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH:g}" height="{_HEIGHT:g}" font-size="12" '
        f'font-family="sans-serif"><title>loss by step</title><rect width="{_WIDTH:g}" height="{_HEIGHT:g}" '
        f'fill="#ffffff"/><path d="M{_EDGE:g} {high:g}V{low:g}H{_WIDTH - _EDGE:g}" fill="none" stroke="#999"/>'
        f'<text x="4" y="{high + 4:g}">{top:.2f}</text><text x="4" y="{low + 4:g}">0</text>'
        f'<text x="{_WIDTH - _EDGE:g}" y="{low + 18:g}" text-anchor="end">step {last}</text>'
        f"{line(losses, '#1a5fb4')}{line(kept, '#c64600')}"
        f'<text x="{_EDGE:g}" y="16" fill="#1a5fb4">loss before the step</text>'
        f'<text x="{_EDGE + 160:g}" y="16" fill="#c64600">validation, after it</text></svg>'
    )
