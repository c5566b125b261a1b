"""Change how many turns a loop may take: its `dim`, the number a call is given, or the number in its shapes."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.evolve.edits.sizes import change_dim, change_last, written_size
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class ChangeTurns(NodeEdit):
    """Another number of turns of a loop of the file, or of one that it calls with a `dim` option."""

    kind: ClassVar[str] = "change_turns"

    turns: int

    def describe(self) -> str:
        return f"let `{self.node}` take {self.turns} turns"

    def draw(self, draft: Draft) -> None:
        if self.turns < 1:
            raise DoesNotApply("a loop takes at least one turn")
        call = draft.call(self.harness, self.node)
        signature = draft.signature(call)
        if signature.is_harness:
            self._change_call(draft, call, [each.name for each in signature.options if each.kind == "dim"])
            return
        if not signature.meaning.takes_turns:
            raise DoesNotApply(f"`{self.node}` is not a loop")
        body = draft.inputs(call)[0]
        if not isinstance(body, tree.Name):
            raise DoesNotApply(f"the turns of `{self.node}` are constants")
        written = written_size(draft, self.harness, body.text)
        if isinstance(written, str):
            change_dim(draft, self.harness, written, self.turns)
        elif written == self.turns:
            raise DoesNotApply(f"`{self.node}` takes {written} turns already")
        else:
            self._change_shapes(draft, body.text, written)

    def _change_call(self, draft: Draft, call: tree.Call, dims: list[str]) -> None:
        if len(dims) != 1:
            raise DoesNotApply(f"`{call.operation.text}` has {len(dims)} dimensions that are options")
        written = draft.option(call, dims[0])
        if written is None:
            draft.insert(call.arguments[-1].span.end, f", {dims[0]}={self.turns}")
        elif isinstance(written.value, tree.Number):
            if written.value.value == self.turns:
                raise DoesNotApply(f"`{self.node}` takes {self.turns} turns already")
            draft.replace(written.value.span, str(self.turns))
        elif isinstance(written.value, tree.Name):
            change_dim(draft, self.harness, written.value.text, self.turns)
        else:
            raise DoesNotApply(f"`{dims[0]}` is not written as a number")

    def _change_shapes(self, draft: Draft, body: str, size: int) -> None:
        """The last dimension of the loop's body, and of all that it takes with as many dimensions."""
        rank = len(draft.value(self.harness, body).shape)
        waiting, seen = [body], set()
        while waiting:
            name = waiting.pop()
            if name in seen or draft.is_input(self.harness, name):
                if name not in seen and draft.value(self.harness, name).shape[-1:] == (size,):
                    raise DoesNotApply(f"the turns are a dimension of the input `{name}`")
                continue
            seen.add(name)
            change_last(draft, self.harness, name, size, self.turns)
            for other in draft.values(self.harness):
                is_taken = self.node != name and name in draft.users(self.harness, other.name)
                if is_taken and len(other.shape) == rank and other.shape[-1] == size:
                    waiting.append(other.name)
