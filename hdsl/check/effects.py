"""Rules of effects (HG5xx): one proven order of all that is done to one thing, and loops that can work."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.graph.cost import reached
from hdsl.graph.inline import ProgramTooLarge
from hdsl.graph.loops import Loop, is_effectful, loops_of
from hdsl.graph.order import EXACT_UP_TO, Order, meeting, order_of, ordered_by_branches
from hdsl.graph.places import Places, places_of
from hdsl.graph.program import Node, Program
from hdsl.graph.signature import OperationOf
from hdsl.graph.things import FILES, origin, shared_session, things_of
from hdsl.graph.typed import BoundOperation, CallOf, Module, NodeInput, TypedHarness
from hdsl.graph.types import Type
from hdsl.meaning.kind import Gives
from hdsl.syntax.tree import Span

MOST_PAIRS = 30_000
"""Pairs of effects on one session or the files, of which the order is proven."""

MOST_CONFLICTS = 100
"""Pairs without an order that are looked at to tell where they meet."""

CONCERNED = frozenset({"read", "write", "wait", "fails"})


def check_effects(report: Report, module: Module, harness: TypedHarness, inlined: Callable[[], Program]) -> None:
    """Checks a harness whose body has no other errors, with all it calls inlined."""
    if not any(_is_concerned(node.value) for node in harness.nodes if isinstance(node.value, CallOf)):
        return
    program = inlined()
    if program.result not in program.nodes:
        return
    _Effects(report, module, harness, program).check()


def _is_concerned(call: CallOf) -> bool:
    return call.signature.meaning.takes_turns or any(effect.name in CONCERNED for effect in call.signature.effects)


class _Effects:
    def __init__(self, report: Report, module: Module, harness: TypedHarness, program: Program) -> None:
        self.report = report
        self.source = module.source
        self.program = program
        self.spans: dict[str, Span] = {node.name: node.span for node in harness.nodes}
        self.spans |= {wanted.name: wanted.span for wanted in harness.signature.inputs}
        self.calls = {node.name: node.value for node in harness.nodes if isinstance(node.value, CallOf)}
        self.nodes = reached(program)
        needed = {node.path for node in self.nodes}
        self.loops = {path: loop for path, loop in loops_of(program).items() if path in needed}

    def check(self) -> None:
        self._loops_over_nothing()
        if self._unknown_demands():
            return
        places = places_of(self.program, self.nodes)
        self._unreached_writes(places)
        crossed = [self._looks_at_other_turns(path, loop) for path, loop in self.loops.items()]
        if any(crossed):
            return
        bodies: set[str] = set()
        for path, loop in self.loops.items():
            told_by = loop.body or path
            if told_by not in bodies and (self._is_own(path) or self._binds_less(self._statement(path))):
                bodies.add(told_by)
                self._loop(path, loop)
        self._waits()
        is_used_outside = self._used_outside()
        self._shared_sessions(places, turns_are_left=is_used_outside)
        if not is_used_outside:
            self._order(places)

    # Places

    def _statement(self, path: str) -> str:
        return path.partition(".")[0]

    def _is_own(self, path: str) -> bool:
        """Whether a node is written in this body; what is inlined was checked where it is written."""
        return "." not in path

    def _place(self, path: str) -> Place:
        """The name of the statement that a node belongs to."""
        statement = self._statement(path)
        span = self.spans[statement]
        return Place(self.source, Span(span.start, min(span.end, span.start + len(statement))))

    def _step_place(self, sequence: str, step: str) -> Place:
        """Where a sequence of this body names one of its steps."""
        span, name = self.spans[sequence], self._statement(step)
        written = self.source.text[span.start : span.end]
        found = re.search(rf"\b{re.escape(name)}\b", written[written.index("=") :])
        if found is None:
            return self._place(sequence)
        start = span.start + written.index("=") + found.start()
        return Place(self.source, Span(start, start + len(name)))

    def _tell(
        self, finding: findings.finding.Finding, path: str, related: Sequence[Related] = (), place: Place | None = None
    ) -> None:
        place = place or self._place(path)
        self.report.tell(finding, place.source, place.span, related=related)

    # Rules

    def _loops_over_nothing(self) -> None:
        """Reports a call that gives a loop of what it calls no turn."""
        for path, loop in self.loops.items():
            if loop.body is not None and self.program.nodes[loop.body].shape[-1] == 0:
                self._tell(findings.types.LoopOverNothing(self._statement(path)), path)

    def _unknown_demands(self) -> bool:
        """Reports operations that do not say what they ask for, if there are effects behind what they take."""
        found = False
        for node in self.nodes:
            if not node.meaning.is_known and self._is_own(node.path):
                behind = next((path for path in node.input_paths if self._needs_effect(path)), None)
                if behind is not None:
                    found = True
                    related = [Related("this has effects, or depends on a node that has", self._place(behind))]
                    self._tell(findings.effects.UnknownDemand(node.shown), node.path, related)
        return found

    def _unreached_writes(self, places: Places) -> None:
        """Reports what would write and is never needed; a sequence or a switch of such writes instead of them."""
        used = {self._statement(path) for path, found in places.of_node.items() if found}
        writing: dict[str, None] = {}
        handed_on: set[str] = set()
        for node in self.program.nodes.values():
            statement = self._statement(node.path)
            hands_on = node.meaning.gives is not Gives.ITS_OWN
            sources = [self._statement(path) for path in node.input_paths] if hands_on else []
            written = [source for source in sources if source in writing and source != statement]
            if statement not in used and (self._writes(node) or written):
                writing[statement] = None
                handed_on.update(written)
        sequences = [node.path for node in self.nodes if node.meaning.has_steps and self._is_own(node.path)]
        for statement in writing:
            if statement not in handed_on:
                behind = [path for path in sequences if self.spans[path].start > self.spans[statement].start]
                related = [Related("it is not a step of this `sequential`", self._place(behind[0]))] if behind else []
                self._tell(findings.effects.UnreachedWrite(self._statement(statement)), statement, related)

    def _loop(self, path: str, loop: Loop) -> None:
        inside = [self.program.nodes[each] for each in loop.inside]
        names = {effect.name for node in inside for effect in node.effects}
        related = [] if loop.body is None else [Related("the body of the loop", self._place(loop.body))]
        if "fails" not in names:
            self._tell(findings.effects.LoopWithoutValidator(self._statement(path)), path, related)
        elif not names & {"llm", "read", "write"}:
            self._tell(findings.effects.LoopWithoutProgress(self._statement(path)), path, related)

    def _binds_less(self, statement: str) -> bool:
        """Whether a call passes an operation that has not all effects which the harness it calls may count on."""
        call = self.calls[statement]
        for name, value in call.options.items():
            option = call.signature.option(name)
            if isinstance(value, BoundOperation) and option is not None and isinstance(option.kind, OperationOf):
                wanted = {effect.name for effect in option.kind.effects}
                if value.signature is not None and wanted - {effect.name for effect in value.signature.effects}:
                    return True
        return False

    def _looks_at_other_turns(self, path: str, loop: Loop) -> bool:
        found = False
        for node, source in loop.crossings:
            if self._is_own(node) and self._needs_effect(source):
                found = True
                related = [Related("the loop", self._place(path))]
                self._tell(findings.effects.LooksAtOtherTurns(self._statement(node)), node, related)
        return found

    def _needs_effect(self, path: str) -> bool:
        waiting, seen = [path], {path}
        while waiting:
            node = self.program.nodes[waiting.pop()]
            if is_effectful(node) or any(effect.name == "wait" for effect in node.effects):
                return True
            for source in node.input_paths:
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return False

    def _shared_sessions(self, places: Places, *, turns_are_left: bool) -> None:
        told: set[str] = set()
        in_loops = {path for loop in self.loops.values() for path in loop.inside} if turns_are_left else set()
        for node in self.nodes:
            if node.path in in_loops or not any(effect.name in ("read", "write", "wait") for effect in node.effects):
                continue
            expand = shared_session(self.program, places, node)
            own = expand is not None and (self._is_own(expand) or self._is_own(node.path))
            if expand is not None and own and expand not in told:
                told.add(expand)
                used = Related(f"`{self._statement(node.path)}` uses it concurrently", self._place(node.path))
                self._tell(findings.effects.SharedSession(self._statement(expand)), expand, [used])

    def _used_outside(self) -> bool:
        """Reports effectful nodes of a loop that something outside of it needs too."""
        found = False
        users: dict[str, list[Node]] = {}
        for node in self.nodes:
            for path in node.input_paths:
                users.setdefault(path, []).append(node)
        for path, loop in self.loops.items():
            for inside in loop.inside:
                node = self.program.nodes[inside]
                if not (is_effectful(node) or self._carries_effect(inside, loop)):
                    continue
                for user in users.get(inside, ()):
                    if user.path != path and user.path not in loop.inside and self._is_own(user.path):
                        found = True
                        related = [Related("it belongs to this loop", self._place(path))]
                        outside = findings.effects.LoopNodeOutside(self._statement(user.path), self._statement(inside))
                        self._tell(outside, user.path, related)
        return found

    def _carries_effect(self, path: str, loop: Loop) -> bool:
        waiting, seen = [path], {path}
        while waiting:
            node = self.program.nodes[waiting.pop()]
            if is_effectful(node):
                return True
            for source in node.input_paths:
                if source in loop.inside and source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return False

    # Order

    def _order(self, places: Places) -> None:
        effectful = [node for node in self.nodes if is_effectful(node)]
        if len(effectful) < 2:
            return
        order = order_of(self.program, places)
        pairs = list(islice(self._pairs(effectful, places), MOST_PAIRS + 1))
        if len(pairs) > MOST_PAIRS:
            raise ProgramTooLarge(f"the effects of a harness on one thing are more than {MOST_PAIRS:,} pairs to order")
        conflicts = [pair for pair in pairs if not order.ordered(*pair)]
        is_small = len(places.order) <= EXACT_UP_TO
        if conflicts and is_small:
            exact = order_of(self.program, places, exact=True)
            conflicts = [pair for pair in conflicts if not exact.ordered(*pair)]
        told: set[tuple[str, str | None]] = set()
        for one, other, where in conflicts[:MOST_CONFLICTS]:
            meet = meeting(self.nodes, one, other)
            if (where, meet) in told or (is_small and ordered_by_branches(self.program, places, one, other, where)):
                continue
            told.add((where, meet))
            self._unordered(one, other, where, meet)
        self._stale(order)

    def _pairs(self, effectful: Sequence[Node], places: Places) -> Iterator[tuple[str, str, str]]:
        """The pairs of effects on one session or the files, one of them a write, with what they are on."""
        by_origin: dict[str, list[Node]] = {}
        for node in effectful:
            for where in self._origins(node, places):
                by_origin.setdefault(where, []).append(node)
        for where, nodes in by_origin.items():
            writes = {node.path for node in nodes if self._writes(node)}
            for i, other in enumerate(nodes if writes else ()):
                for one in nodes[:i]:
                    if (one.path in writes or other.path in writes) and not self._already_reported(
                        one.path, other.path
                    ):
                        yield one.path, other.path, where

    def _origins(self, node: Node, places: Places) -> Sequence[str]:
        """What an effect is on: the session nodes, or the files; nothing where it is never needed."""
        found = [thing for place in places.of_node[node.path][:1] for thing in things_of(self.program, node, place)]
        return list(dict.fromkeys(thing.origin for thing in found))

    def _already_reported(self, one: str, other: str) -> bool:
        """Whether a pair inside one call is a fault of what is called, which is not given one session twice."""
        statement = self._statement(one)
        if self._is_own(one) or self._is_own(other) or statement != self._statement(other):
            return False
        call = self.calls[statement]
        given = [
            each.name
            for wanted, each in zip(call.signature.inputs, call.inputs, strict=False)
            if isinstance(wanted.type, Type) and wanted.type.kind == "session" and isinstance(each, NodeInput)
        ]
        opened = [origin(self.program, name) if name in self.program.nodes else name for name in given]
        return len(set(opened)) == len(opened)

    def _unordered(self, one: str, other: str, thing: str, meet: str | None) -> None:
        what = "the file system" if thing == FILES else f"the session `{self._statement(thing)}`"
        first, second = self._statement(one), self._statement(other)
        related = [Related(f"this {self._does(each)} {what}", self._place(each)) for each in (one, other)]
        self._tell(findings.effects.UnorderedEffects(first, second, what), meet or other, related)

    def _does(self, path: str) -> str:
        return "writes to" if self._writes(self.program.nodes[path]) else "reads"

    def _writes(self, node: Node) -> bool:
        return any(effect.name == "write" for effect in node.effects)

    def _stale(self, order: Order) -> None:
        for sequence in self.nodes:
            if not sequence.meaning.has_steps or not self._is_own(sequence.path):
                continue
            for position, path in enumerate(sequence.input_paths):
                read = self._passed_on(path)
                if not is_effectful(read) or self._writes(read):
                    continue
                write = self._write_between(sequence.input_paths[:position], read, order)
                if write is not None:
                    related = [
                        Related("written here, after the read", self._place(write)),
                        Related("read here once, before the write", self._place(path)),
                    ]
                    place = self._step_place(sequence.path, path)
                    stale = findings.effects.StaleRead(
                        self._statement(path),
                        self._statement(write),
                        sequence=self.spans[sequence.path],
                        statements=self.spans,
                        can_be_copied=read.path == path and self._is_own(path),
                    )
                    self._tell(stale, path, related, place)

    def _passed_on(self, path: str) -> Node:
        """The node whose text a node has: a sequence has that of its last step."""
        node = self.program.nodes[path]
        while node.meaning.gives is Gives.LAST and node.input_paths:
            node = self.program.nodes[node.input_paths[-1]]
        return node

    def _write_between(self, steps: Sequence[str], read: Node, order: Order) -> str | None:
        """A write of the steps before, to a thing of the read, that comes after the read was first needed."""
        origins = self._origins(read, order.places)
        waiting, seen = list(steps), set(steps)
        while waiting:
            node = self.program.nodes[waiting.pop()]
            if self._writes(node):
                common = [origin for origin in self._origins(node, order.places) if origin in origins]
                if any(order.before(read.path, node.path, origin) for origin in common):
                    return node.path
            for source in node.input_paths:
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return None

    def _waits(self) -> None:
        for sequence in self.nodes:
            if not sequence.meaning.has_steps or not self._is_own(sequence.path):
                continue
            failing: Node | None = None
            for path in sequence.input_paths:
                node = self.program.nodes[path]
                effects = {effect.name for effect in node.effects}
                if failing is not None and "wait" in effects and "fails" not in effects:
                    related = [Related("if this fails, the wait is skipped", self._place(failing.path))]
                    place = self._step_place(sequence.path, path)
                    validator = self._statement(failing.path)
                    step = self._step_place(sequence.path, validator).span
                    self._tell(
                        findings.effects.WaitBehindValidator(self._statement(path), validator, step),
                        path,
                        related,
                        place,
                    )
                    break
                if "write" in effects:
                    # What waits behind a write waits for it, and is not needed without it.
                    failing = None
                failing = self._validator(path) or failing

    def _validator(self, path: str) -> Node | None:
        """The validator that a step is, or that a sequence which is a step ends with."""
        node = self._passed_on(path)
        return node if any(effect.name == "fails" for effect in node.effects) else None
