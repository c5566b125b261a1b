"""The proposer that ships inside: rules that read a trace. It is deterministic, and asks no model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from hdsl.evolve.proposals import Place, Proposal, View
from hdsl.evolve.proposers.rule_answers import failing, unsteady
from hdsl.evolve.proposers.rule_cases import missing_case
from hdsl.evolve.proposers.rule_inputs import missing_input, missing_step, missing_step_behind
from hdsl.evolve.proposers.rule_options import ask_again, more_room, more_turns, rows_shown
from hdsl.evolve.proposers.rule_places import crossed_branches, never_failing_first
from hdsl.evolve.proposers.rule_steps import left_out, needless, wrong_order
from hdsl.kernel.request import Kernel, Usage

RULES: Sequence[Callable[[View, str, Place], Iterator[Proposal]]] = (
    missing_input,
    wrong_order,
    missing_case,
    missing_step,
    missing_step_behind,
    rows_shown,
    more_turns,
    more_room,
    ask_again,
    needless,
    unsteady,
    failing,
    never_failing_first,
    crossed_branches,
    left_out,
)

BLAMED = 1.0
"""How much more a proposal counts that is about the node that all of the loss is put on."""


class RulesProposer:
    """Proposes by signs in the trace, weighed by the share of the loss that is put on the node."""

    name = "rules"

    def propose(self, view: View, kernel: Kernel) -> Sequence[Proposal]:
        """All that the rules find, the strongest first."""
        blame = {each.path: each.blame for each in view.summary.nodes}
        found: list[tuple[float, int, Proposal]] = []
        for path, place in view.places().items():
            for rule in RULES:
                for proposal in rule(view, path, place):
                    weight = proposal.strength * (1.0 + BLAMED * blame.get(path, 0.0))
                    found.append((-weight, len(found), proposal))
        whole = sum(weight**2 for weight, _, _ in found)
        ranked = sorted(found, key=lambda each: each[:2])
        return [_weighed(proposal, -weight, weight**2 / whole if whole else 0.0) for weight, _, proposal in ranked]

    @property
    def usage(self) -> Usage:
        """Nothing."""
        return Usage()


def _weighed(proposal: Proposal, weight: float, share: float) -> Proposal:
    """A proposal that expects as much as it is believed in: little of a weak sign, or beside signs of other faults."""
    belief = min(1.0, weight) * share
    expected = {line: belief * (1.0 + chance) / 2 for line, chance in proposal.prediction.items()}
    return replace(proposal, prediction=expected)
