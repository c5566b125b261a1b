"""Faults of effects: what is put into files whose order was proven."""

import re
from collections.abc import Iterator

from benchmarks.mutations.sample import Edit, Fault, Sample
from benchmarks.mutations.text_faults import whole_line
from benchmarks.mutations.use_faults import inputs_of
from hdsl.graph.inline import inline
from hdsl.graph.loops import loops_of
from hdsl.graph.program import Program
from hdsl.graph.shapes import is_pack
from hdsl.graph.things import FILES as FILE_SYSTEM
from hdsl.graph.things import origin
from hdsl.syntax import tree

EFFECTS = ("HG5",)
LOOPS = frozenset({"recurrent", "recurrent_all"})
Touched = frozenset[tuple[str, bool]]


class Reach:
    """Which effects each statement of a harness needs, by the program it becomes."""

    def __init__(self, sample: Sample, harness: tree.Harness) -> None:
        self.program: Program = inline(sample.module, sample.module.harnesses[harness.name.text])

    def below(self, statement: str) -> frozenset[str]:
        """All nodes that a statement's node needs, itself included."""
        waiting = [path for path in self.program.nodes if path.partition(".")[0] == statement]
        seen = set(waiting)
        while waiting:
            for source in self.program.nodes[waiting.pop()].input_paths:
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return frozenset(seen)

    def touched(self, paths: frozenset[str]) -> Touched:
        """What is touched there, and whether it is changed."""
        found: set[tuple[str, bool]] = set()
        for path in paths:
            node = self.program.nodes[path]
            names = {effect.name for effect in node.effects}
            if names & {"read", "write"}:
                things = [
                    origin(self.program, argument.path)  # type: ignore[union-attr]
                    for argument, is_session in zip(node.arguments, node.sessions, strict=False)
                    if is_session
                ]
                found.update((thing, "write" in names) for thing in things or [FILE_SYSTEM])
        return frozenset(found)

    def race(self, one: str, other: str) -> bool:
        """Whether two statements, each by itself, touch one thing and one changes it."""
        first, second = self.below(one), self.below(other)
        mine, others = self.touched(first - second), self.touched(second - first)
        return any(a[0] == b[0] and (a[1] or b[1]) for a in mine for b in others)


def sequences(sample: Sample) -> Iterator[tuple[tree.Harness, tree.Node, list[tree.Name]]]:
    for harness, node, call in sample.calls:
        if call.operation.text == "sequential":
            yield harness, node, [each for each in call.arguments if isinstance(each, tree.Name)]


def joined_steps(sample: Sample) -> Iterator[Fault]:
    """A `join` for a `sequential`."""
    for harness, node, steps in sequences(sample):
        reach = Reach(sample, harness)
        races = any(reach.race(one.text, other.text) for i, other in enumerate(steps) for one in steps[:i])
        if races and node.annotation is not None and node.annotation.name.text == "text":
            start = node.value.span.start
            yield Fault((Edit(start, start + len("sequential"), "join"),), EFFECTS)


def second_look(sample: Sample) -> Iterator[Fault]:
    """A read beside a sequence that writes to its session, needed in no order with it."""
    for harness, node, steps in sequences(sample):
        reach = Reach(sample, harness)
        writes = {thing for step in steps for thing, is_write in reach.touched(reach.below(step.text)) if is_write}
        shells = [
            given.text
            for owner, _, call in sample.calls
            for given in inputs_of(call)[-1:]
            if owner is harness and call.operation.text == "terminal.send_text" and isinstance(given, tree.Name)
        ]
        shells = [name for name in shells if origin(reach.program, name) in writes]
        if shells and node.annotation is not None:
            kind = sample.written(node.annotation.span)
            start = sample.text.rindex("\n", 0, node.span.start) + 1
            later = sample.text[node.span.end : harness.span.end]
            uses = [node.span.end + found.start() for found in re.finditer(rf"\b{node.name.text}\b", later)]
            yield Fault(
                (
                    Edit(start, start, f"  look_too: {kind} = terminal.capture({shells[-1]})\n"),
                    Edit(node.span.end, node.span.end, f"\n  both_of_them: {kind} = join({node.name.text}, look_too)"),
                    *(Edit(use, use + len(node.name.text), "both_of_them") for use in uses),
                ),
                EFFECTS,
            )


def stale_read(sample: Sample) -> Iterator[Fault]:
    """The last look of a sequence is the first one."""
    for harness, node, steps in sequences(sample):
        known = {each.name.text: each for owner, each in sample.nodes if owner is harness}
        for step in steps[1:]:
            again = known.get(step.text)
            for name, first in known.items():
                if again is None or name == step.text or first.span.start > again.span.start:
                    continue
                if sample.written(first.value.span) == sample.written(again.value.span):
                    edits = (whole_line(sample, again.span), Edit(step.span.start, step.span.end, name))
                    yield Fault(edits, EFFECTS, (first.span.start, node.span.start), is_pair=True)


def dropped_write(sample: Sample) -> Iterator[Fault]:
    """A step that writes is left out of its sequence."""
    for harness, _, steps in sequences(sample):
        reach = Reach(sample, harness)
        for i, step in enumerate(steps[:-1]):
            others = frozenset[str]().union(*(reach.below(each.text) for each in steps if each is not step))
            alone = reach.below(step.text) - others
            uses = re.findall(rf"\b{step.text}\b", sample.written(harness.span))
            if any(is_write for _, is_write in reach.touched(alone)) and len(uses) == 2:
                edit = Edit(step.span.start, steps[i + 1].span.start, "")
                writers = {each.name.text: each.span.start for owner, each in sample.nodes if owner is harness}
                places = [writers[path.partition(".")[0]] for path in alone if path.partition(".")[0] in writers]
                yield Fault((edit,), EFFECTS, tuple(places), is_pair=True)


def dropped_validator(sample: Sample) -> Iterator[Fault]:
    """A loop over what its validator would have judged."""
    for harness, node, call in sample.calls:
        validator, given = _validated(sample, harness, call)
        if validator is not None and given is not None:
            reach = Reach(sample, harness)
            fails = [
                path
                for path in reach.below(given.text)
                if any(effect.name == "fails" for effect in reach.program.nodes[path].effects)
            ]
            uses = re.findall(rf"\b{validator.name.text}\b", sample.written(harness.span))
            if not fails and len(uses) == 2:
                body = inputs_of(call)[0].span
                edits = (whole_line(sample, validator.span), Edit(body.start, body.end, given.text))
                yield Fault(edits, EFFECTS, (node.span.start,))


def _validated(sample: Sample, harness: tree.Harness, call: tree.Call) -> tuple[tree.Node | None, tree.Name | None]:
    """The validator that ends the body of a loop, and what it judges."""
    if call.operation.text not in LOOPS:
        return None, None
    body = inputs_of(call)[0]
    for owner, each, judging in sample.calls:
        if owner is harness and isinstance(body, tree.Name) and each.name.text == body.text:
            first = inputs_of(judging)[0]
            if isinstance(first, tree.Name) and judging.operation.text != "sequential":
                return each, first
    return None, None


def shared_session(sample: Sample) -> Iterator[Fault]:
    """One session for a batch of four."""
    for harness in sample.harnesses:
        text = sample.written(harness.span)
        if "shell: session[1]" in text and "expand(shell, to=[1, T])" in text and text.count("(shell") == 1:
            start = harness.span.start
            edits = [
                Edit(start + found.start(1), start + found.end(1), "4")
                for found in re.finditer(r"\[(1)[,\]]", text)
                if not text[: found.start()].endswith("session") or text[found.end(1)] == ","
            ]
            at = start + text.index("session[1]") + len("session[")
            edits.append(Edit(at, at + 1, ""))
            place = start + text.index("expand(shell")
            is_called = f"{harness.name.text}(" in sample.text[harness.span.end :]
            if not is_called:
                yield Fault(tuple(edits), EFFECTS, (place,))
    text = sample.text
    opened = re.search(r"( *)shells: session\[1, 3\] = terminal.open\(\)", text)
    if opened is not None:
        one = "  shell:  session[1]    = terminal.open()\n  shells: session[1, 3] = expand(shell, to=[1, 3])"
        yield Fault((Edit(opened.start(), opened.end(), one),), EFFECTS)


def used_outside(sample: Sample) -> Iterator[Fault]:
    """The first turn's effect, asked for by itself behind the loop."""
    for harness, node, call in sample.calls:
        if call.operation.text != "recurrent" or node.annotation is None or harness.returned is None:
            continue
        reach = Reach(sample, harness)
        names = [each.name.text for owner, each in sample.nodes if owner is harness]
        inside = [name for name in names if name in reach.program.nodes and _acts(reach, name, sample, harness)]
        kind = sample.written(node.annotation.span)
        if not inside or harness.returned.text != node.name.text or node.annotation.dims is None:
            continue
        index = ", ".join([*(":" for _ in node.annotation.dims), "0"])
        lines = f"\n  early: {kind} = {inside[0]}[{index}]\n  both_of_them: {kind} = join(early, {node.name.text})"
        returned = harness.returned.span
        yield Fault(
            (Edit(node.span.end, node.span.end, lines), Edit(returned.start, returned.end, "both_of_them")), EFFECTS
        )


def _acts(reach: Reach, name: str, sample: Sample, harness: tree.Harness) -> bool:
    node = reach.program.nodes[name]
    result = next(each for each in sample.nodes if each[0] is harness and each[1].name.text == name)[1]
    is_turn = result.annotation is not None and result.annotation.dims is not None and len(node.shape) > 1
    if any(map(is_pack, node.shape)):
        return False
    return is_turn and node.shape[-1] == "T" and any(effect.name in ("read", "write") for effect in node.effects)


def wait_behind_validator(sample: Sample) -> Iterator[Fault]:
    """The wait of a turn, moved behind the validator."""
    for harness, node, call in sample.calls:
        validator, given = _validated(sample, harness, call)
        if validator is None or given is None or node.annotation is None or validator.annotation is None:
            continue
        for owner, turn, steps in sequences(sample):
            waits = [step for step in steps if step.text in ("settled", "shown")]
            if (
                owner is harness
                and turn.name.text == given.text
                and waits
                and len(steps) > 1
                and waits[0] is not steps[0]
            ):
                kind = sample.written(validator.annotation.span)
                body = inputs_of(call)[0].span
                before = steps[steps.index(waits[0]) - 1]
                gone = Edit(before.span.end, waits[0].span.end, "")
                line = f"\n  again: {kind} = sequential({validator.name.text}, {waits[0].text})"
                edits = (gone, Edit(validator.span.end, validator.span.end, line), Edit(body.start, body.end, "again"))
                yield Fault(edits, EFFECTS)


def no_progress(sample: Sample) -> Iterator[Fault]:
    """A loop in which nothing asks a model any more."""
    for harness, node, call in sample.calls:
        if call.operation.text != "recurrent":
            continue
        reach = Reach(sample, harness)
        inside = loops_of(reach.program)[node.name.text].inside
        acting = [
            path
            for path in inside
            if any(effect.name in ("llm", "read", "write") for effect in reach.program.nodes[path].effects)
        ]
        for owner, model, asked in sample.calls:
            if owner is harness and [model.name.text] == acting and asked.operation.text == "llm":
                text = f"first_line({sample.written(inputs_of(asked)[0].span)})"
                yield Fault((Edit(*asked.span, text),), EFFECTS, (node.span.start,), is_pair=True)


def other_turns(sample: Sample) -> Iterator[Fault]:
    """What a validator judges is made of all turns."""
    for harness, _, call in sample.calls:
        validator, given = _validated(sample, harness, call)
        if validator is None or given is None:
            continue
        reach = Reach(sample, harness)
        shape = reach.program.nodes[given.text].shape if given.text in reach.program.nodes else ()
        if (
            len(shape) == 2
            and not any(map(is_pack, shape))
            and reach.touched(reach.below(given.text))
            and isinstance(validator.value, tree.Call)
        ):
            one, turns = shape
            start = sample.text.rindex("\n", 0, validator.span.start) + 1
            lines = (
                f"  which: mask[{one}, {turns}, {turns}] = causal_mask({given.text})\n"
                f"  history: text[{one}, {turns}] = attend({given.text}, which)\n"
            )
            first = inputs_of(validator.value)[0].span
            yield Fault((Edit(start, start, lines), Edit(first.start, first.end, "history")), EFFECTS)


def one_session_for_two(sample: Sample) -> Iterator[Fault]:
    """Two harnesses at work in one session at once."""
    if sample.name == "debugger.hg":
        (harness,) = sample.harnesses
        (_, node), *_ = sample.nodes
        assert harness.returned is not None
        again = sample.written(node.span).replace("until: text", "other: text", 1)
        lines = f"\n  {again}\n  both_of_them: text[1] = join(until, other)"
        edits = (
            Edit(node.span.end, node.span.end, lines),
            Edit(harness.returned.span.start, harness.returned.span.end, "both_of_them"),
        )
        budget = sample.text.index("budget(")
        gone = Edit(budget, sample.text.index("\n", budget), "")
        yield Fault((gone, *edits), EFFECTS, (node.span.start,), is_pair=True)


EFFECT_FAULTS = (
    *(joined_steps, second_look, stale_read, dropped_write, dropped_validator, shared_session, used_outside),
    *(wait_behind_validator, no_progress, other_turns, one_session_for_two),
)
