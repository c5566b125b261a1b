"""The answers as Markdown tables, a part each."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import mean

from benchmarks.reality.arms import Said
from benchmarks.reality.parts import Part, canonical
from benchmarks.reality.statistics import auroc, edit_distance, paired_difference, wilson


def table(part: Part, answers: Mapping[str, Sequence[Said]]) -> Iterator[str]:
    """The lines of a part's table. Differences are hdsl's, less the arm's, on the questions both were asked."""
    yield f"### {part.title}"
    yield ""
    yield f"{len(part.rows)} rows, {len(part.questions)} questions."
    yield ""
    if any(question.answer is None for question in part.questions):
        yield from _scope(part, answers)
        return
    commands = not part.labels
    ours = "hdsl" if "hdsl" in answers else "nearest"
    distance = " edits a command |" if commands else ""
    yield f"| | right | 95 % | {ours} less it, paired | refused |{distance} tokens | calls | seconds | questions |"
    yield "|---|---|---|---|---|" + ("---|" if commands else "") + "---|---|---|---|"
    for arm, said in answers.items():
        asked = part.questions[: len(said)]
        right = _right(part, said)
        low, high = wilson(sum(right), len(right))
        edits = mean(edit_distance(canonical(each.text), q.answer or "") for each, q in zip(said, asked, strict=True))
        yield (
            f"| {arm} | {mean(right):.3f} | {low:.2f} to {high:.2f} | {_difference(part, answers, ours, arm)} "
            f"| {mean(not each.text for each in said):.2f} |{f' {edits:.1f} |' if commands else ''} "
            f"{mean(each.tokens for each in said):.0f} | {mean(each.calls for each in said):.1f} "
            f"| {mean(each.seconds for each in said):.4f} | {len(said)} |"
        )
    yield ""


def _right(part: Part, said: Sequence[Said]) -> list[bool]:
    asked = part.questions[: len(said)]
    return [part.right(each.text, question.answer) for each, question in zip(said, asked, strict=True)]


def _difference(part: Part, answers: Mapping[str, Sequence[Said]], ours: str, arm: str) -> str:
    if arm == ours or ours not in answers:
        return ""
    left, right = _right(part, answers[ours]), _right(part, answers[arm])
    count = min(len(left), len(right))
    difference, low, high = paired_difference(left[:count], right[:count])
    return f"{difference:+.3f} ({low:+.2f} to {high:+.2f})"


def _scope(part: Part, answers: Mapping[str, Sequence[Said]]) -> Iterator[str]:
    yield "| | AUROC | right, in scope | refused, in scope | refused, out of scope |"
    yield "|---|---|---|---|---|"
    for arm, said in answers.items():
        asked = list(zip(said, part.questions, strict=False))
        within = [(each, question) for each, question in asked if question.answer is not None]
        outside = [each for each, question in asked if question.answer is None]
        if within and outside:
            yield (
                f"| {arm} | {auroc([each.sure for each, _ in within], [each.sure for each in outside]):.3f} "
                f"| {mean(part.right(each.text, question.answer) for each, question in within):.3f} "
                f"| {mean(not each.text for each, _ in within):.2f} | {mean(not each.text for each in outside):.2f} |"
            )
    yield ""
