"""Types and dimensions as a file declares and names them: labels, the types of elements, shapes."""

from __future__ import annotations

import re

from hdsl.check import findings
from hdsl.check.definitions import Definitions
from hdsl.check.diagnostic import Place, Related
from hdsl.check.names import help_with_module
from hdsl.check.report import Report
from hdsl.graph import types
from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.typed import Module
from hdsl.graph.types import DescribedLabels, ExperienceOf, Type
from hdsl.ground.labels import Labels, heads, label_of
from hdsl.ground.spelling import certain, closest
from hdsl.structure.structures import PLAIN_KINDS
from hdsl.syntax import tree


class TypeReader:
    """Reads the types and shapes of one module, those that it declares and those that it names."""

    def __init__(self, report: Report, module: Module, unread: frozenset[str]) -> None:
        self.report = report
        self.module = module
        self.unread = unread
        self._types = Definitions(report, module)
        self._of_uses: list[str] | None = None

    def labelled(self, item: tree.TypeDeclaration) -> Type:
        """The type of a declaration, whose labels can be told apart; reports those that cannot."""
        seen: dict[str, tree.Label] = {}
        carriers = Labels(label.text.text for label in item.labels).lengths
        kinds: list[str] = []
        places: dict[str, int] = {}
        begun: dict[str, int] = {}
        for label in item.labels:
            text = label.text.text
            begins = [*heads(text, carriers)]
            alike = [places[each] for each in (text, *begins) if each in places]
            alike += [begun[text]] if text in begun else []
            if alike:
                ambiguous = findings.labels.AmbiguousLabels(text, kinds[min(alike)], item.name.text)
                self.report.tell(ambiguous, self.module.source, label.text.span)
            if text not in places:
                for each in begins:
                    begun.setdefault(each, len(kinds))
                places[text] = len(kinds)
                kinds.append(text)
            if text != text.strip() or not text:
                self.report.tell(findings.labels.LabelBlank(text), self.module.source, label.text.span)
            seen.setdefault(text, label)
        described = ((text, label.description.text if label.description else "") for text, label in seen.items())
        return Type("text", item.name.text, DescribedLabels(described))

    def element_type(
        self, name: tree.Name, variables: bool = False, option: bool = False, field: bool = False
    ) -> Type | None:
        """The type of a tensor's elements; None after reporting that there is no such type.

        Where the type of an option could stand too (`option`), or that of a field, those are suggested as well.
        """
        found = types.BUILT_IN.get(name.text) or self.module.types.get(name.text)
        if found is not None:
            return found
        alias, dot, last = name.text.rpartition(".")
        if dot and alias in self.module.uses:
            found = self.module.uses[alias].types.get(last)
            if found is not None or not self.module.uses[alias].complete:
                return found
        if variables and len(name.text) == 1 and name.text.isupper():
            return types.variable(name.text)
        if name.text in self.unread or alias in self.unread:
            return None
        known = set(self.report.likely(name.text, types.BUILT_IN, self.module.types, self._types_of_uses))
        known.update(types.OPTION_KINDS if option else PLAIN_KINDS if field else ())
        without_module = None
        if dot and alias not in self.module.uses:
            without_module = help_with_module(self.report, self.module, name)
        is_defined_nowhere = not dot and closest(name.text, known) is None
        if not (is_defined_nowhere and self._types.hides(name.text)):
            definition = None if dot else self._misspelt_definition(name.text)
            related = []
            if definition is not None:
                related = [Related("declared here", Place(self.module.source, definition))]
            cause = name.text if is_defined_nowhere or definition is not None else None
            found_none = findings.declarations.UnknownType(
                name.text, known, self.module.types, definition, without_module
            )
            self.report.tell(found_none, self.module.source, name.span, related=related, cause=cause)
        return None

    @property
    def _types_of_uses(self) -> list[str]:
        """The types of the modules in use, as they are written here."""
        if self._of_uses is None:
            uses = self.module.uses.items()
            self._of_uses = [f"{alias}.{name}" for alias, used in uses for name in used.types]
        return self._of_uses

    def _misspelt_definition(self, name: str) -> tree.Span | None:
        """The name of the type whose declaration is what is misspelt: nothing uses that, and several uses this."""
        meant = certain(name, self.report.likely(name, self.module.types))
        text = self.module.source.text
        if meant is None or len(re.findall(rf"\b{meant}\b", text)) > 1 or len(re.findall(rf"\b{name}\b", text)) < 2:
            return None
        declared = re.search(rf"\btype\s+({meant})\b", text)
        return None if declared is None else tree.Span(*declared.span(1))

    def shape(self, dims: tuple[tree.Dim, ...]) -> Shape:
        """The shape as written, constants of the file replaced by their numbers."""
        shape: list[Dimension] = []
        for dim in dims:
            if dim.size is not None:
                shape.append(self.size(dim.size, dim.span))
            elif dim.pack:
                shape.append("*" + dim.name)
            else:
                shape.append(self.module.dims.get(dim.name, dim.name))
        return tuple(shape)

    def size(self, number: int, span: tree.Span) -> int:
        """The number of a dimension, which is never negative; 1 after reporting that it is."""
        if number >= 0:
            return number
        self.report.tell(findings.dimensions.NegativeDimension(number), self.module.source, span)
        return 1

    def experience_of(self, key: tree.TypeExpr, value: tree.TypeExpr, variables: bool = False) -> ExperienceOf:
        """`K -> V`; a side that was reported is unknown."""
        return ExperienceOf(self._side(key, variables), self._side(value, variables))

    def _side(self, side: tree.TypeExpr, variables: bool) -> Type:
        """The type of the keys or the values of an experience, which are texts."""
        resolved = self.element_type(side.name, variables) or types.UNKNOWN
        if side.dims is not None:
            shape = tree.Span(side.name.span.end, side.span.end)
            self.report.tell(findings.declarations.ExperienceWithShape(), self.module.source, shape)
        if resolved.kind in ("text", "variable", "unknown"):
            return resolved
        self.report.tell(findings.declarations.ExperienceOfTexts(resolved.name), self.module.source, side.span)
        return types.UNKNOWN

    def of_type(self, text: tree.Text, kind: Type) -> str:
        """A text literal as a text of the type; itself after reporting that it is none."""
        found = text_of_type(self.report, text.text, kind)
        if not isinstance(found, str):
            self.report.tell(found, self.module.source, text.span)
            return text.text
        return found


def text_of_type(report: Report, text: str, kind: Type, is_literal: bool = True) -> str | findings.finding.Finding:
    """A text as one of the type: of a record its canonical form. The finding of one that is none."""
    if kind.form is not None:
        from hdsl.structure.reading import NotOfStructure, read_strictly  # few files have records

        try:
            return read_strictly(text, kind.form)
        except NotOfStructure as error:
            if kind.labels is None or label_of(text, kind.label_texts) is not None:
                return findings.records.NotOfRecord(text, kind, str(error))
    if kind.labels is not None and label_of(text, kind.label_texts) is None:
        return findings.labels.NotALabel(text, kind, report.likely(text, kind.label_texts), is_literal)
    return text
