"""Change how many turns a loop may take: its `dim`, the number a call is given, or the number in its shapes."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree
from hdsl.syntax.tree import Span


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
            raise DoesNotApply(f"`{self.node}` is no loop")
        body = draft.inputs(call)[0]
        if not isinstance(body, tree.Name):
            raise DoesNotApply(f"the turns of `{self.node}` are constants")
        size = draft.value(self.harness, body.text).shape[-1]
        if isinstance(size, str):
            self._change_dim(draft, size)
        elif size == self.turns:
            raise DoesNotApply(f"`{self.node}` takes {size} turns already")
        else:
            self._change_shapes(draft, body.text, size)

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
            self._change_dim(draft, written.value.text)
        else:
            raise DoesNotApply(f"`{dims[0]}` is not written as a number")

    def _change_dim(self, draft: Draft, name: str) -> None:
        """The default of a dim option of the harness, or a dim constant."""
        harness = draft.harness(self.harness)
        for parameter in harness.parameters:
            if parameter.name.text == name and isinstance(parameter.default, tree.Number):
                if parameter.default.value == self.turns:
                    raise DoesNotApply(f"`{name}` is {self.turns} already")
                draft.replace(parameter.default.span, str(self.turns))
                return
        for statement in (*harness.body, *draft.opened.file.items):
            if isinstance(statement, tree.DimConstant) and statement.name.text == name:
                if statement.value == self.turns:
                    raise DoesNotApply(f"`{name}` is {self.turns} already")
                number = str(statement.value)
                draft.replace(Span(statement.span.end - len(number), statement.span.end), str(self.turns))
                return
        raise DoesNotApply(f"`{name}` is bound by an input")

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
            self._change_shape(draft, name, size)
            for other in draft.values(self.harness):
                is_taken = self.node != name and name in draft.users(self.harness, other.name)
                if is_taken and len(other.shape) == rank and other.shape[-1] == size:
                    waiting.append(other.name)

    def _change_shape(self, draft: Draft, name: str, size: int) -> None:
        statement = draft.node(self.harness, name)
        if statement.annotation is not None and statement.annotation.dims:
            draft.replace(statement.annotation.dims[-1].span, str(self.turns))
        if isinstance(statement.value, tree.Call):
            to = draft.option(statement.value, "to")
            if to is not None and isinstance(to.value, tree.ListValue) and to.value.items:
                last = to.value.items[-1]
                if not isinstance(last, tree.Number) or last.value != size:
                    raise DoesNotApply(f"the last dimension of `{name}` is not written as {size}")
                draft.replace(last.span, str(self.turns))
