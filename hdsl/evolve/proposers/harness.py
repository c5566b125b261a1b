"""The proposer that is a harness: `meta`, or a `.hg` file like it, says of each node what kind of edit it needs.

Its experience is what was changed before, given what a trace said. It is data like any other experience: an edit that
was kept becomes a demonstration of it, which `hdsl train` learns.
"""

from collections.abc import Sequence
from pathlib import Path

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import Settings
from hdsl.evolve.edits.kinds import KINDS
from hdsl.evolve.edits.possible import possible_edits
from hdsl.evolve.footprint import footprint
from hdsl.evolve.proposals import Proposal, View
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.evolve.proposers.signs import kind_of, signs
from hdsl.evolve.trial import Reseeded
from hdsl.experience.row_changes import Rows
from hdsl.future.loop import run_sync
from hdsl.graph.inline import inline
from hdsl.graph.program import Call, Program
from hdsl.ground.errors import HdslError
from hdsl.kernel.request import Kernel, Usage
from hdsl.learn.meter import ExampleMeter
from hdsl.learn.module import HarnessModule, seeds
from hdsl.ops.passing import element_of

NODES = 8
"""How many nodes are asked about, those first that most of the loss is put on."""

INPUT, NOTHING = "signs", "nothing"
"""What a proposing harness takes, and its label for a node that needs no edit."""


class NotAProposer(HdslError):  # noqa: N818 - says what it is
    """A harness cannot propose edits; the message says why."""


class HarnessProposer:
    """Asks a harness what kind of edit each node needs. It may ask the model, and touch nothing else."""

    def __init__(self, file: Path, settings: Settings) -> None:
        """NotAProposer for a harness that reads, writes, opens or runs anything; CheckError, OSError."""
        _, module = checked_module(file, str(file))
        harness = module.harnesses.get(module.name) or next(iter(module.harnesses.values()), None)
        if harness is None:
            raise NotAProposer(f"{file} has no harness")
        self.name = str(file)
        self.usage = Usage()
        self._program: Program = inline(module, harness)
        self._check(file)
        self._sizes = dict.fromkeys(self._program.dimensions, 1)
        self._tables: dict[str, Rows] = seeds(self._program, settings.project)

    def _check(self, file: Path) -> None:
        reaches = footprint(self._program).effects - {"llm"}
        if reaches:
            raise NotAProposer(
                f"{file} may {', '.join(sorted(reaches))}: a proposer sees the trace it is shown, no more"
            )
        calls = [node.what for node in self._program.nodes.values() if isinstance(node.what, Call)]
        own = {each.signature.entry for each in calls}
        strange = sorted(entry for entry in own if entry is not None and not entry.startswith("hdsl.ops."))
        if strange:
            raise NotAProposer(f"{file} runs {strange[0]}: a proposer runs no functions of its own")
        names = [each.name for each in self._program.inputs]
        labels = set(self._program.nodes[self._program.result].type.label_texts)
        if names != [INPUT] or not labels or not labels <= {*KINDS, NOTHING}:
            raise NotAProposer(
                f"{file}: a proposer takes `{INPUT}: text[1]` and is one of the kinds {', '.join(KINDS)}"
            )

    def propose(self, view: View, kernel: Kernel) -> Sequence[Proposal]:
        """For each node the edits of the kind that the harness names: those that the trace speaks for, then others."""
        places = view.places()
        blame = {each.path: each.blame for each in view.summary.nodes}
        paths = sorted(places, key=lambda path: -blame.get(path, 0.0))[:NODES]
        by_rules = RulesProposer().propose(view, kernel)
        found: list[Proposal] = []
        asked = [signs(view, path, places[path]) for path in paths]
        for path, kind in zip(paths, self.kinds(asked, f"proposer, seed {view.seed}", kernel), strict=True):
            found += [each for each in by_rules if kind_of(each) == kind and each.component == path]
            edits = (edit for edit in possible_edits(view.opened, places[path].harness) if edit.kind == kind)
            wrong = {trace.line: 0.3 for trace in view.traces if trace.loss > 0}
            told = (f"`{self.name}` says {kind} of `{path}`",)
            found += [Proposal(edit, path, wrong, told) for edit in edits if edit.target()[1] == places[path].node]
        return found

    def kinds(self, asked: Sequence[str], scope: str, kernel: Kernel) -> list[str]:
        """What the harness answers to the signs of each node. Raises what running raises."""
        answers = []
        with HarnessModule(self._program, Reseeded(kernel, 0), self._tables) as module:
            for number, each in enumerate(asked):
                meter = ExampleMeter(self._program, self._sizes)
                lowered = module.lowered({INPUT: [each]}, meter=meter, scope=f"{scope}, node {number}: ")
                result = lowered.seen[self._program.result]
                run_sync(result.ft_pull_all())
                entry = element_of((result.ft_node, (0,)))
                answers.append(NOTHING if entry is None or entry.coefficient < 0 else entry.text)
                self.usage += meter.usage
        return answers
