"""Rules of templates: what their holes hold, and strings that look like templates where none can stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.names import fields_meant, find_experience, report_unknown_value
from hdsl.check.operands import Operand, Operands
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.graph.typed import DimensionHole, InputHole, InputValue, OptionReference, TextOf, TextPart
from hdsl.graph.types import TEXT, Type
from hdsl.syntax import tree
from hdsl.syntax.templates import HOLE
from hdsl.syntax.tree import Span

_AS_ELSEWHERE = re.compile(
    r"\{\{([A-Za-z_]\w*)\}\}"
    r"|\{(?:len|str|int|repr|json|upper|lower|strip|trim|join)\(([A-Za-z_]\w*)\b[^(){}\n]*\)\}"
    r"|\{\s*([A-Za-z_]\w*)(?:(?:\.\w+)*\[[^\[\]{}\n]*\]|![rsa](?::[^{}\s\"]*)?|:[^{}\s\"]+"
    r"|(?:\.\w+)*\([^(){}\n]*\)[^{}\n]*|(?:\.\w+)*\s*(?:[-+*/%|?]|\b(?:if|or|and)\b)[^{}\n]*)?\s*\}"
)
"""A name in braces as other languages have it: `{{x}}`, `{len(x)}`, `{ x }`, `{x[0]}`, `{x!r}`, `{x:>10}`,
`{x.strip()}`, `{x + y}`, `{x | upper}`."""


class Templates:
    """The templates of one scope."""

    def __init__(self, report: Report, scope: Scope, operands: Operands) -> None:
        self.report = report
        self.scope = scope
        self.source = scope.module.source
        self.operands = operands

    def template(self, template: tree.Template) -> tuple[TextOf | None, Operand | None]:
        """The template with what its holes hold, and the first hole that has a shape; None after reporting a fault."""
        self._doubtful(template.span)
        parts: list[TextPart] = []
        inputs: dict[InputValue, int] = {}
        shaped: Operand | None = None
        sound = True
        for part in template.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            found = self._hole(part.name)
            if found is None:
                sound = False
            elif not isinstance(found, Operand):
                parts.append(found)
            elif self._fits(found, shaped):
                shaped = shaped or found
                parts.append(InputHole(inputs.setdefault(found.value, len(inputs))))
            else:
                sound = False
        return (TextOf(tuple(parts), tuple(inputs)) if sound else None), shaped

    def branch(self, branch: tree.Name | tree.Template) -> tuple[Operand, InputValue | TextOf]:
        """A branch of a switch, and what it gives. A text without holes takes any type and shape, as constants do."""
        if isinstance(branch, tree.Name):
            operand = self.operands.operand(branch, "branch")
            return operand, operand.value
        typed, shaped = self.template(branch)
        shape = None if shaped is None else shaped.shape
        constant = branch.constant
        kind, texts = (TEXT, ()) if constant is None else (None, (constant,))
        known = typed is not None
        return Operand(None, kind, shape, branch.span, branch.span, "text", texts, known=known), typed

    def _hole(self, name: tree.Name) -> Operand | TextPart | None:
        """What a hole holds; None after reporting that there is no such thing."""
        scope, text = self.scope, name.text
        head, dot, _ = text.partition(".")
        if head in scope.values or find_experience(scope.module, text) is not None:
            operand = self.operands.operand(name, "hole")
            return operand if operand.known else None
        option = scope.options.get(text)
        if option is not None and option.kind != "dim":
            scope.used_options.add(text)
            if isinstance(option.kind, str) and option.kind != "shape":
                return OptionReference(text)
            self.report.tell(findings.types.TypeMismatch(text, "text", None, "an operation"), self.source, name.span)
        elif text in scope.constants:
            return str(scope.constants[text])
        elif text in scope.dimensions:
            scope.used_options.add(text)
            return DimensionHole(text)
        elif head in scope.later or text in scope.module.callables or (dot and head in scope.module.uses):
            report_unknown_value(self.report, scope, name)
        elif head not in scope.unread:
            dimensions = [each for each in scope.dimensions if not each.startswith("*")]
            fields = fields_meant(scope, name) if dot else ()
            known = self.report.likely(text, scope.values, scope.options, scope.constants, dimensions, fields)
            unknown = findings.templates.UnknownHole(text, known)
            self.report.tell(unknown, self.source, name.span)
        return None

    def _fits(self, operand: Operand, shaped: Operand | None) -> bool:
        """Whether a hole holds texts, of the shape that the holes before it have; reports that it does not."""
        if not isinstance(operand.type, Type) or operand.type.kind != "text":
            found = findings.types.TypeMismatch(operand.shown.strip("`"), "text", operand.type)
            self.report.tell(found, self.source, operand.span)
            return False
        if shaped is None or operand.shape == shaped.shape:
            return True
        wanted = shaped.shape or ()
        where = Related(f"{shaped.shown} decides the shape", Place(self.source, shaped.span))
        mismatch = findings.types.DimensionMismatch(operand.shown.strip("`"), "text", wanted, operand.shape or ())
        self.report.tell(mismatch, self.source, operand.span, related=[where])
        return False

    # Braces

    def literals(self, call: tree.Call) -> None:
        """Reports strings of a call that hold a name in braces: they are not templates."""
        written = self.source.text[call.span.start : call.span.end]
        if "{" not in written and "\\" not in written:
            return  # as in most calls: no string of it can hold one, not by an escape either
        for text in _texts(call.arguments):
            for found in HOLE.finditer(text.text):
                if self._is_known(found[1].partition(".")[0]):
                    self.report.tell(findings.templates.BracesInString(found[1]), self.source, text.span)
                    break

    def _doubtful(self, span: Span) -> None:
        """Reports names in braces that are not holes as they are written."""
        for found in _AS_ELSEWHERE.finditer(self.source.text, *span):
            name = found[1] or found[2] or found[3]
            is_as_meant = HOLE.fullmatch(found[0]) or self.source.text[found.start() - 1] == "\\"
            if not is_as_meant and self._is_known(name):
                written = findings.templates.NotAHole(found[0], name)
                self.report.tell(written, self.source, Span(found.start(), found.end()))

    def _is_known(self, name: str) -> bool:
        """Whether a name means something here; it then counts as used, as it was meant to be."""
        scope = self.scope
        if name in scope.values:
            scope.values[name].used = True
        elif name in scope.options or name in scope.dimensions:
            scope.used_options.add(name)
        return name in scope.values or name in scope.options or name in scope.constants or name in scope.dimensions


def _texts(values: Sequence[object]) -> Iterator[tree.Text]:
    waiting = list(reversed(values))  # lists may be nested as deep as their author likes
    while waiting:
        match waiting.pop():
            case tree.Text() as text:
                yield text
            case tree.Option(value=value):
                waiting.append(value)
            case tree.ListValue(items=inner):
                waiting.extend(reversed(inner))
            case tree.BoundOperation(options=options):
                waiting.extend(reversed(options))
