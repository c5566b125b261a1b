"""A harness as the rules of effects see it: with all it calls inlined, and where its statements stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.graph.cost import reached
from hdsl.graph.loops import is_effectful, loops_of
from hdsl.graph.places import Places
from hdsl.graph.program import Node, NodeArgument, Program
from hdsl.graph.things import things_of
from hdsl.graph.typed import CallOf, Module, TypedHarness
from hdsl.meaning.kind import Gives
from hdsl.syntax.tree import Span


class EffectHarness:
    """A harness with all it calls inlined. Nodes go by their paths in the program."""

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

    def statement(self, path: str) -> str:
        """The statement of this body that a node belongs to."""
        return path.partition(".")[0]

    def is_own(self, path: str) -> bool:
        """Whether a node is written in this body; what is inlined was checked where it is written."""
        return "." not in path

    def place(self, path: str) -> Place:
        """The name of the statement that a node belongs to."""
        statement = self.statement(path)
        span = self.spans[statement]
        return Place(self.source, Span(span.start, min(span.end, span.start + len(statement))))

    def step_place(self, sequence: str, step: str, earlier: int = 0) -> Place:
        """Where a sequence of this body names one of its steps, that it has named so often before."""
        span, name = self.spans[sequence], self.statement(step).replace(":", ".")
        written = self.source.text[span.start : span.end]
        named = list(re.finditer(rf"\b{re.escape(name)}\b", written[written.index("=") :]))
        if len(named) <= earlier:
            return self.place(sequence)
        found = named[earlier]
        start = span.start + written.index("=") + found.start()
        return Place(self.source, Span(start, start + len(name)))

    def tell(
        self, finding: findings.finding.Finding, path: str, related: Sequence[Related] = (), place: Place | None = None
    ) -> None:
        """Reports a finding, at the name of the statement of a node if no other place is given."""
        place = place or self.place(path)
        self.report.tell(finding, place.source, place.span, related=related)

    def writes(self, node: Node) -> bool:
        """Whether a node changes the world."""
        return any(effect.name == "write" for effect in node.effects)

    def needs_effect(self, path: str) -> bool:
        """Whether a node, or one that it needs, has an effect or waits."""
        needed = (self.program.nodes[each] for each in self.needed([path]))
        return any(is_effectful(node) or any(effect.name == "wait" for effect in node.effects) for node in needed)

    def needed(self, paths: Iterable[str]) -> Iterator[str]:
        """Nodes with all that they need."""
        waiting = list(paths)
        seen = set(waiting)
        while waiting:
            path = waiting.pop()
            yield path
            for source in self.program.nodes[path].input_paths:
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)

    def origins(self, node: Node, places: Places) -> Sequence[str]:
        """What an effect is on: the session nodes, or the files; nothing where it is never needed."""
        found = [thing for place in places.of_node[node.path][:1] for thing in things_of(self.program, node, place)]
        return list(dict.fromkeys(thing.origin for thing in found))

    def passed_on(self, path: str) -> Node:
        """The node whose text a node has: a sequence has that of its last step."""
        node = self.program.nodes[path]
        while node.meaning.gives in (Gives.FIRST, Gives.LAST) and node.arguments:
            given = node.arguments[0 if node.meaning.gives is Gives.FIRST else -1]
            if not isinstance(given, NodeArgument):
                break
            node = self.program.nodes[given.path]
        return node
