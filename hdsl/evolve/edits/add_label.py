"""Add a label to a type, with its case in each switch over it."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.fixes import quoted
from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import Edit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class AddLabel(Edit):
    """A label more. Each switch over the type gets a branch for it: a new expert, asked what the condition is asked."""

    kind: ClassVar[str] = "add_label"

    type: str
    label: str
    description: str = ""
    task: str = ""
    """Of the experts of the new branches."""

    def target(self) -> tuple[str, str]:
        return "", self.type

    def describe(self) -> str:
        return f'add the label "{self.label}" to `{self.type}`, with its case'

    def draw(self, draft: Draft) -> None:
        declared = [item for item in draft.opened.file.items if isinstance(item, tree.TypeDeclaration)]
        found = next((item for item in declared if item.name.text == self.type), None)
        if found is None:
            raise DoesNotApply(f"the file declares no type `{self.type}`")
        if any(each.text.text == self.label for each in found.labels):
            raise DoesNotApply(f'`{self.type}` has the label "{self.label}" already')
        described = f": {quoted(self.description)}" if self.description else ""
        draft.insert(found.labels[-1].span.end, f", {quoted(self.label)}{described}")
        for name, harness in draft.opened.harnesses.items():
            for statement in harness.body:
                if isinstance(statement, tree.Node) and isinstance(statement.value, tree.Switch):
                    self._add_case(draft, name, statement, statement.value)

    def _add_case(self, draft: Draft, harness: str, statement: tree.Node, switch: tree.Switch) -> None:
        condition = draft.value(harness, switch.condition.text)
        if condition.type.name != self.type or draft.is_input(harness, switch.condition.text):
            return
        asked = draft.inputs(draft.call(harness, switch.condition.text))
        if not asked or not isinstance(asked[0], tree.Name):
            raise DoesNotApply(f"`{switch.condition.text}` is asked with a constant")
        result = draft.value(harness, statement.name.text)
        source = draft.value(harness, asked[0].text)
        if source.shape != result.shape:
            raise DoesNotApply(f"`{source.name}` has another shape than `{statement.name.text}`")
        name = draft.fresh(f"{statement.name.text}_{_word(self.label)}")
        draft.add_before(statement.span, draft.new_expert(harness, name, source, result.written, self.task))
        case = f"{quoted(self.label)} => {name}"
        last = switch.cases[-1]
        if last.label is None:
            draft.insert(last.span.start, f"{case}, ")
        else:
            draft.insert(last.span.end, f", {case}")


def _word(label: str) -> str:
    """A label as a part of a name."""
    return "".join(each if each.isascii() and each.isalnum() else "_" for each in label).strip("_").lower() or "other"
