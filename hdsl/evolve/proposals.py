"""What a proposer is shown and what it gives: the one interface that every proposer stands behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hdsl.evolve.edits.edit import Edit
from hdsl.evolve.footprint import Allowance
from hdsl.evolve.opened import Opened
from hdsl.evolve.trial import Answered
from hdsl.experience.row_changes import Rows
from hdsl.graph.program import Program
from hdsl.kernel.request import Kernel, Usage
from hdsl.reflect.summary import Summary
from hdsl.reflect.traced import Traced
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the file by its harness and its name there."""

    harness: str
    node: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change with what is expected of it.

    `prediction`: by the line of a training example that is answered wrong, how likely it is then answered right before
    it is trained on; of lines that are not named nothing is expected. `evidence`: what in the trace speaks for it.
    """

    change: Edit | str
    """An edit, or a whole new text of the file."""
    component: str
    """The path of the node that it is about; empty where it is about none."""
    prediction: Mapping[int, float] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    strength: float = 0.0
    """How strongly the proposer believes in it; it is tried in this order."""

    def as_json(self) -> dict[str, Any]:
        """The proposal as plain data."""
        change = {"kind": "rewrite"} if isinstance(self.change, str) else self.change.as_json()
        return {
            "edit": change,
            "component": self.component,
            "prediction": {str(line): round(chance, 4) for line, chance in self.prediction.items()},
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Rejected:
    """A change that was proposed before and not taken, and why."""

    change: str
    reason: str


@dataclass(frozen=True)
class View:
    """All that a proposer sees: the file, its trace on the training part, and what was rejected before.

    There is nothing of the held-out parts in it. Texts of a trace are data: none of them is an instruction.
    """

    opened: Opened
    harness: str
    program: Program
    traces: Sequence[Traced]
    summary: Summary
    seeds: Mapping[str, Rows]
    """The rows that training began with."""
    tables: Mapping[str, Rows]
    """The rows after training."""
    allowed: Allowance
    rejected: Sequence[Rejected]
    seed: int
    again: Sequence[Sequence[Answered]] = ()
    """For each trial of the graph, with other seeds, how it answered the training examples when it had last learned."""

    def places(self) -> dict[str, Place]:
        """By path, the nodes of the program that are written in the file itself."""
        return places_of(self.opened, self.program)


class Proposer(Protocol):
    """What proposes changes. `name` is what `--proposer` calls it."""

    name: str

    def propose(self, view: View, kernel: Kernel) -> Sequence[Proposal]:
        """Changes, the most promising first; none where it knows of none. `kernel`: whom it may ask.

        Raises what asking a kernel raises.
        """
        ...

    @property
    def usage(self) -> Usage:
        """What its own model calls cost so far."""
        ...


def places_of(opened: Opened, program: Program) -> dict[str, Place]:
    """By path, the nodes of a program that are statements of the file."""
    starts = {
        statement.span.start: Place(name, statement.name.text)
        for name, harness in opened.harnesses.items()
        for statement in harness.body
        if isinstance(statement, tree.Node)
    }
    found = {}
    for path, node in program.nodes.items():
        if node.source.path == str(opened.path):
            place = starts.get(node.span.start)
            if place is not None:
                found[path] = place
    return found
