"""Ask a node several times and take what most answers say."""

from dataclasses import dataclass, replace
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import Edit
from hdsl.graph.shapes import shown_shape
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class WrapVote(Edit):
    """A node that asks becomes the vote of `samples` answers to the same question, each with a seed of its own."""

    kind: ClassVar[str] = "wrap_vote"

    harness: str
    node: str
    samples: int

    def target(self) -> tuple[str, str]:
        return self.harness, self.node

    def describe(self) -> str:
        return f"ask `{self.node}` {self.samples} times and let the answers vote"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        call = draft.call(self.harness, self.node)
        if not draft.signature(call).has_effect("llm") or draft.signature(call).is_harness:
            raise DoesNotApply(f"`{self.node}` asks nothing")
        given = draft.inputs(call)[0]
        if not isinstance(given, tree.Name):
            raise DoesNotApply(f"`{self.node}` is asked with a constant")
        if self.samples < 2:
            raise DoesNotApply("one answer is no vote")
        source, value = draft.value(self.harness, given.text), draft.value(self.harness, self.node)
        if source.shape != value.shape:
            raise DoesNotApply(f"`{given.text}` has another shape than `{self.node}`")
        shape = (*value.shape, self.samples)
        wide, asked = draft.fresh(f"{self.node}_samples"), draft.fresh(f"{self.node}_sample")
        rest = draft.text[given.span.end : call.span.end]
        sample = replace(value, name=asked, shape=shape)
        lines = (
            f"{wide}: {source.annotation(shape)} = expand({given.text}, to={shown_shape(shape)})",
            f"{asked}: {sample.annotation()} = {call.operation.text}({wide}{rest}",
        )
        draft.add_before(statement.span, "\n".join(lines))
        draft.replace(call.span, f"vote({asked})")
