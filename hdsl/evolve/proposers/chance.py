"""The proposer that all others are compared with: any edit, by chance."""

from collections.abc import Sequence
from random import Random

from hdsl.evolve.edits.possible import possible_edits
from hdsl.evolve.proposals import Proposal, View
from hdsl.kernel.request import Kernel, Usage


class RandomProposer:
    """Every edit of the file's kinds, in an order of its own for each seed and round."""

    name = "random"

    def __init__(self) -> None:
        self._rounds = 0

    def propose(self, view: View, kernel: Kernel) -> Sequence[Proposal]:
        """All possible edits in a random order; it looks at no trace, and expects nothing."""
        self._rounds += 1
        edits = [edit for harness in view.opened.harnesses for edit in possible_edits(view.opened, harness)]
        edits = list(dict.fromkeys(edits))
        Random(f"edits {view.seed} {self._rounds}").shuffle(edits)
        return [Proposal(edit, edit.target()[1]) for edit in edits]

    @property
    def usage(self) -> Usage:
        """Nothing."""
        return Usage()
