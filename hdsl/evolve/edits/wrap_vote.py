"""Ask a node several times and take what most answers say."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.evolve.edits.widened import widened


@dataclass(frozen=True, slots=True)
class WrapVote(NodeEdit):
    """A node that asks becomes the vote of `samples` answers to the same question, each with a seed of its own."""

    kind: ClassVar[str] = "wrap_vote"

    samples: int

    def describe(self) -> str:
        return f"ask `{self.node}` {self.samples} times and let the answers vote"

    def draw(self, draft: Draft) -> None:
        if self.samples < 2:
            raise DoesNotApply("one answer is not a vote")
        wide = widened(draft, self.harness, self.node, self.samples, "sample")
        draft.add_before(wide.statement.span, "\n".join(wide.lines))
        draft.replace(wide.call.span, f"vote({wide.answers.name})")
