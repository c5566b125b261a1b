"""Take a node out, or steps that follow each other: what used the last uses what the first took."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class RemoveNode(NodeEdit):
    """A node less. A table that nothing else uses, and that is declared in the file, goes with it."""

    kind: ClassVar[str] = "remove_node"

    since: str = ""
    """The step that leads to the node with which taking out begins; empty: with the node itself."""

    def describe(self) -> str:
        return f"take `{self.since}` to `{self.node}` out" if self.since else f"take `{self.node}` out"

    def draw(self, draft: Draft) -> None:
        taken = [self.node]
        instead = self._instead(draft, self.node)
        while self.since and taken[-1] != self.since:
            if draft.is_input(self.harness, instead):
                raise DoesNotApply(f"`{self.since}` does not lead to `{self.node}`")
            if len(draft.references(self.harness, instead)) != 1:
                raise DoesNotApply(f"`{instead}` is used elsewhere too")
            taken.append(instead)
            instead = self._instead(draft, instead)
        value, source = draft.value(self.harness, self.node), draft.value(self.harness, instead)
        if source.shape != value.shape:
            raise DoesNotApply(f"`{instead}` has another shape than `{self.node}`")
        if not draft.rename_uses(self.harness, self.node, instead):
            raise DoesNotApply(f"nothing uses `{self.node}`")
        for name in taken:
            statement = draft.node(self.harness, name)
            draft.remove_statement(statement.span)
            self._remove_table(draft, statement.value)

    def _instead(self, draft: Draft, name: str) -> str:
        """What stands in the place of a node that is taken out."""
        match draft.node(self.harness, name).value:
            case tree.Call() as call:
                inputs = [each for each in draft.inputs(call) if isinstance(each, tree.Name)]
                if not inputs:
                    raise DoesNotApply(f"`{name}` takes nothing that could stand in its place")
                return inputs[0].text
            case tree.Switch(cases=cases):
                branches = [case.branch for case in cases if isinstance(case.branch, tree.Name)]
                if not branches:
                    raise DoesNotApply(f"`{name}` has no node as a branch")
                return branches[-1].text
        raise DoesNotApply(f"`{name}` is neither a call nor a switch")

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
