"""The answers as Markdown tables: one for each part, or one for parts that belong together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import mean

from benchmarks.reality.arms import Said
from benchmarks.reality.parts import Part, canonical
from benchmarks.reality.statistics import auroc, edit_distance, paired_difference, wilson

Answers = Mapping[str, Sequence[Said]]
"""What each arm said to the first questions of a part."""


def tables(parts: Sequence[tuple[Part, Answers, str]]) -> Iterator[str]:
    """The lines of all tables, of parts with their answers and a note; parts without answers are left out."""
    for together, group in groupby((each for each in parts if each[1]), lambda each: each[0].table):
        if together:
            yield from _compared(together, [(part, answers) for part, answers, _ in group])
            continue
        for part, answers, note in group:
            yield from _heading(part.title)
            asked = f"{len(part.rows):,} rows, {len(part.questions)} questions.{note}"
            yield from (asked, "")
            has_outside = any(question.answer is None for question in part.questions)
            yield from _scope(part, answers) if has_outside else _arms(part, answers)


def _heading(title: str) -> tuple[str, str]:
    return f"## {title}", ""


def _arms(part: Part, answers: Answers) -> Iterator[str]:
    """An arm a line. Differences are ours, less the arm's, on the questions that both were asked."""
    ours = next((arm for arm in ("hdsl", "hdsl, trained", "nearest", "nearest, trained") if arm in answers), "")
    has_edits = not part.labels
    yield _row(
        [
            "",
            "right",
            "95 %",
            f"{ours} less it",
            "refused",
            *["edits"][: int(has_edits)],
            "tokens",
            "calls",
            "seconds",
            "n",
        ]
    )
    yield _row(["---"] * (9 + has_edits))
    for arm, said in answers.items():
        right = _right(part, said)
        cells = [arm, _share(right), _interval(right), _difference(part, answers, ours, arm)]
        cells.append(f"{mean(not each.text for each in said):.2f}")
        if has_edits:
            asked = zip(said, part.questions, strict=False)
            cells.append(
                f"{mean(edit_distance(canonical(each.text), question.answer or '') for each, question in asked):.1f}"
            )
        cells += [f"{mean(each.tokens for each in said):.0f}", f"{mean(each.calls for each in said):.1f}"]
        yield _row([*cells, f"{mean(each.seconds for each in said):.2g}", str(len(said))])
    yield ""


def _compared(title: str, parts: Sequence[tuple[Part, Answers]]) -> Iterator[str]:
    """A part a line, an arm a column: the share that is right, with its interval, and of how many where it differs."""
    yield from _heading(title)
    names = list(dict.fromkeys(arm for _, answers in parts for arm in answers))
    yield _row(["", *names, "n"])
    yield _row(["---"] * (len(names) + 2))
    for part, answers in parts:
        most = max(map(len, answers.values()))
        yield _row([part.title, *(_cell(part, answers.get(arm), most) for arm in names), str(most)])
    yield ""


def _cell(part: Part, said: Sequence[Said] | None, most: int) -> str:
    if said is None:
        return ""
    right = _right(part, said)
    fewer = "" if len(said) == most else f", of {len(said)}"
    return f"{_share(right)} ({_interval(right)}{fewer})"


def _scope(part: Part, answers: Answers) -> Iterator[str]:
    yield _row(["", "AUROC", "right, in scope", "refused, in scope", "refused, out of scope"])
    yield _row(["---"] * 5)
    for arm, said in answers.items():
        asked = list(zip(said, part.questions, strict=False))
        within = [(each, question) for each, question in asked if question.answer is not None]
        outside = [each for each, question in asked if question.answer is None]
        if within and outside:
            right = [part.right(each.text, question.answer) for each, question in within]
            cells = [arm, f"{auroc([each.sure for each, _ in within], [each.sure for each in outside]):.3f}"]
            cells += [f"{_share(right)} ({_interval(right)})", f"{mean(not each.text for each, _ in within):.2f}"]
            yield _row([*cells, f"{mean(not each.text for each in outside):.2f}"])
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |" if set(cells) != {"---"} else f"|{'---|' * len(cells)}"


def _right(part: Part, said: Sequence[Said]) -> list[bool]:
    return [part.right(each.text, question.answer) for each, question in zip(said, part.questions, strict=False)]


def _share(right: Sequence[bool]) -> str:
    return f"{mean(right):.3f}".removeprefix("0")


def _interval(right: Sequence[bool]) -> str:
    low, high = wilson(sum(right), len(right))
    return f"{low:.2f}–{high:.2f}".replace("0.", ".")


def _difference(part: Part, answers: Answers, ours: str, arm: str) -> str:
    if arm == ours or not ours:
        return ""
    left, right = _right(part, answers[ours]), _right(part, answers[arm])
    count = min(len(left), len(right))
    difference, low, high = paired_difference(left[:count], right[:count])
    return f"{difference:+.3f} ({low:+.2f} to {high:+.2f})".replace("0.", ".").replace("-", "−")
