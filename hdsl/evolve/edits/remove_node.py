"""Take a node out: what used it uses what it took."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class RemoveNode(NodeEdit):
    """A node less. A table that nothing else uses, and that is declared in the file, goes with it."""

    kind: ClassVar[str] = "remove_node"

    def describe(self) -> str:
        return f"take `{self.node}` out"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        match statement.value:
            case tree.Call():
                inputs = [each for each in draft.inputs(statement.value) if isinstance(each, tree.Name)]
                if not inputs:
                    raise DoesNotApply(f"`{self.node}` takes nothing that could stand in its place")
                instead = inputs[0]
            case tree.Switch(cases=cases):
                branches = [case.branch for case in cases if isinstance(case.branch, tree.Name)]
                if not branches:
                    raise DoesNotApply(f"`{self.node}` has no node as a branch")
                instead = branches[-1]
            case _:
                raise DoesNotApply(f"`{self.node}` is neither a call nor a switch")
        value, source = draft.value(self.harness, self.node), draft.value(self.harness, instead.text)
        if source.shape != value.shape:
            raise DoesNotApply(f"`{instead.text}` has another shape than `{self.node}`")
        if not draft.rename_uses(self.harness, self.node, instead.text):
            raise DoesNotApply(f"nothing uses `{self.node}`")
        draft.remove_statement(statement.span)
        self._remove_table(draft, statement.value)

    def _remove_table(self, draft: Draft, value: tree.Expression) -> None:
        given = (
            [each.text for each in value.arguments if isinstance(each, tree.Name)]
            if isinstance(value, tree.Call)
            else []
        )
        for item in draft.opened.file.items:
            if isinstance(item, tree.Experience) and item.name.text in given:
                uses = sum(len(draft.references(name, item.name.text)) for name in draft.opened.harnesses)
                if uses == 1 and not _is_used_by_tests(draft.opened.file, item.name.text):
                    draft.remove_statement(item.span)


def _is_used_by_tests(file: tree.File, name: str) -> bool:
    for item in file.items:
        if isinstance(item, tree.Test):
            for statement in item.statements:
                if isinstance(statement, tree.Given):
                    continue
                call = statement.call if isinstance(statement, tree.Expect) else statement.value
                if isinstance(call, tree.Call) and any(
                    isinstance(each, tree.Name) and each.text == name for each in call.arguments
                ):
                    return True
    return False
