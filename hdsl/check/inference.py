"""Rules of types (HG3xx) and shapes (HG4xx) in calls: inputs against the signature, and what the result is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hdsl.check import findings
from hdsl.check.declared_types import text_of_type
from hdsl.check.diagnostic import Place, Related
from hdsl.check.operands import Operand
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.graph.shapes import Binding, Shape, expands_to, is_pack, match, shown_shape, substitute, unbound
from hdsl.graph.signature import Input, Signature
from hdsl.graph.types import TEXT, UNKNOWN, ExperienceOf, Type, is_equal, is_usable, shown_type, smallest_common
from hdsl.structure.structures import Choice
from hdsl.syntax.tree import Span


class Result(NamedTuple):
    """What a call gives: a type and a shape, None where a fault hides them, and what its dimensions are bound to."""

    type: Type | None
    shape: Shape | None
    binding: Binding


class Inference:
    """Types and shapes of the calls of one scope."""

    def __init__(self, report: Report, scope: Scope) -> None:
        self.report = report
        self.source = scope.module.source
        self.scope = scope

    def call(
        self,
        signature: Signature,
        operands: Sequence[Operand],
        binding: Binding,
        annotated: Shape | None,
        place: Span,
        annotated_type: Type | None = None,
    ) -> Result:
        """Infers a call whose arguments fit the signature in number. `binding` holds its dim and shape options.

        What nothing binds, the annotation says.
        """
        wanted = wanted_inputs(signature, len(operands))
        result = self._types(signature, wanted, operands, annotated_type)
        if result is None:
            return Result(None, None, binding)
        shape = self._shapes(signature, wanted, operands, binding, annotated, place)
        return Result(None, None, binding) if result == UNKNOWN else Result(result, shape, binding)

    # Types

    def _types(
        self,
        signature: Signature,
        wanted: Sequence[Input],
        operands: Sequence[Operand],
        annotated: Type | None,
    ) -> Type | None:
        fixed: dict[str, tuple[Type, Operand]] = {}
        loose: dict[str, list[Operand]] = {}
        if not all(operand.known for operand in operands):
            return None
        for each, operand in zip(wanted, operands, strict=True):
            kind = each.type
            if isinstance(kind, ExperienceOf):
                if not self._experience(each, kind, operand, fixed):
                    return None
            elif isinstance(operand.type, ExperienceOf):
                self._mismatch(findings.types.TypeMismatch(each.name, kind, operand.type), operand)
                return None
            elif kind.kind == "variable":
                if operand.type is None:
                    loose.setdefault(kind.name, [])
                    if operand.texts:
                        loose[kind.name].append(operand)
                else:
                    loose.setdefault(kind.name, []).append(operand)
            elif operand.type is None:
                if not self._constant(kind, operand, each):
                    return None
            elif not is_usable(operand.type, kind):
                self._mismatch(findings.types.TypeMismatch(each.name, kind, operand.type), operand)
                return None
        variables = {name: kind for name, (kind, _) in fixed.items()}
        for name, givers in loose.items():
            solved = self._solve(signature, name, givers, fixed)
            if solved is None:
                return None
            variables[name] = solved
        if signature.result.kind != "variable":
            return signature.result
        bound = variables.get(signature.result.name)
        if bound is not None or annotated == UNKNOWN:
            return bound or UNKNOWN
        if annotated is None or annotated.kind != "text":
            return TEXT
        if signature.meaning.unwraps and not self._is_payload(annotated, operands[0]):
            return None
        return annotated

    def _is_payload(self, kind: Type, operand: Operand) -> bool:
        """Whether a type is that of what may stand behind a label; reports one that is not."""
        of = _tensor(operand) if operand.type is not None else TEXT
        payloads = of.form.labels if isinstance(of.form, Choice) else ()
        if kind.form is None or of == UNKNOWN or any(label.payload == kind.form for label in payloads if label.payload):
            return True
        found = findings.records.NotAPayload(kind, of)
        self.report.tell(found, self.source, operand.span, related=self._from(operand))
        return False

    def _experience(
        self, each: Input, kind: ExperienceOf, operand: Operand, fixed: dict[str, tuple[Type, Operand]]
    ) -> bool:
        given = operand.type
        if not isinstance(given, ExperienceOf):
            self._mismatch(findings.types.TypeMismatch(each.name, kind, given, constant="a text"), operand)
            return False
        for mine, theirs in ((kind.key, given.key), (kind.value, given.value)):
            if mine.kind == "variable":
                fixed.setdefault(mine.name, (theirs, operand))
            elif not is_equal(mine, theirs):
                unlike = findings.types.ExperienceMismatch(each.name, kind, given)
                self.report.tell(unlike, self.source, operand.span, related=self._from(operand))
                return False
        return True

    def _solve(
        self, signature: Signature, name: str, givers: Sequence[Operand], fixed: dict[str, tuple[Type, Operand]]
    ) -> Type | None:
        if name in fixed:
            kind, table = fixed[name]
            for operand in givers:
                if operand.type is None:
                    if not self._constant(kind, operand, None):
                        return None
                elif not is_usable(_tensor(operand), kind):
                    where = Related("the experience is passed here", Place(self.source, table.span))
                    found = findings.types.ExperienceMismatch("memory", kind, _tensor(operand), table.shown)
                    self.report.tell(found, self.source, operand.span, related=[*self._from(operand), where])
                    return None
            return kind
        typed = [operand for operand in givers if operand.type is not None]
        for operand in typed:
            if _tensor(operand).kind in ("mask", "score") or (
                _tensor(operand).kind == "session" and not signature.meaning.takes_sessions
            ):
                self._mismatch(findings.types.TypeMismatch(signature.name, "texts", operand.type), operand)
                return None
        if signature.meaning.has_steps and typed and givers[-1].type is not None:
            return _tensor(givers[-1])
        if not typed:
            return TEXT
        labelled = [_tensor(operand) for operand in typed]
        common = smallest_common(labelled)
        if common is None:
            unlike = findings.types.TypeMismatch(signature.name, labelled[0], labelled[-1])
            self.report.tell(unlike, self.source, typed[-1].span, related=self._from(typed[0]))
            return None
        for operand in givers:
            if operand.type is None and not self._constant(common, operand, None):
                return None
        return common

    def _constant(self, kind: Type, operand: Operand, each: Input | None) -> bool:
        if kind.kind not in ("text", "variable", "unknown"):
            found = findings.types.TypeMismatch(each.name if each else "", kind, None, constant=operand.shown)
            self.report.tell(found, self.source, operand.span)
            return False
        for text in operand.texts:
            if text.text in kind.label_texts:
                continue  # a label without the record behind it names the label, as for `until_label`
            written = text_of_type(self.report, text.text, kind)
            if not isinstance(written, str):
                self.report.tell(written, self.source, text.span)
                return False
        return True

    def _mismatch(self, found: findings.types.TypeMismatch, operand: Operand) -> None:
        self.report.tell(found, self.source, operand.span, related=self._from(operand))

    def _from(self, operand: Operand) -> list[Related]:
        if operand.origin == operand.span:
            return []
        kind = "" if operand.type is None else f": {shown_type(operand.type)}"
        shape = shown_shape(operand.shape or ()) if isinstance(operand.type, Type) else ""
        return [Related(f"{operand.shown} comes from here{kind}{shape}", Place(self.source, operand.origin))]

    # Shapes

    def _shapes(
        self,
        signature: Signature,
        wanted: Sequence[Input],
        operands: Sequence[Operand],
        binding: Binding,
        annotated: Shape | None,
        place: Span,
    ) -> Shape | None:
        bound_by: dict[str, Operand] = {}
        for each, operand in zip(wanted, operands, strict=True):
            if not operand.known:
                return None
            if operand.shape is None or isinstance(each.type, ExperienceOf):
                continue
            before = len(binding)
            wrong = match(each.shape, operand.shape, binding)
            if wrong is not None:
                self._wrong_shape(signature, each, operand, wrong, binding, bound_by)
                return None
            if len(binding) > before:
                for dimension in each.shape:
                    if isinstance(dimension, str):
                        bound_by.setdefault(dimension, operand)
        if signature.meaning.takes_turns and operands and (operands[0].shape or ())[-1:] == (0,):
            self.report.tell(findings.types.LoopOverNothing(signature.name), self.source, place)
            return None
        return self._result_shape(signature, operands, binding, annotated, place)

    def _result_shape(
        self, signature: Signature, operands: Sequence[Operand], binding: Binding, annotated: Shape | None, place: Span
    ) -> Shape | None:
        pattern = signature.shape
        if signature.result == UNKNOWN:
            return None
        for name in unbound(pattern, binding):
            if signature.inputs and signature.inputs[-1].repeated and not is_pack(name):
                binding[name] = (len(operands),)
        shape = substitute(pattern, binding)
        missing = unbound(pattern, binding)
        if missing:
            if annotated is None or match(pattern, annotated, binding) is not None:
                self.report.tell(findings.types.UnboundResult(missing), self.source, place)
                return None
            shape = annotated
        if signature.meaning.grows and operands and operands[0].shape is not None:
            given = operands[0].shape
            if not expands_to(given, shape):
                found = findings.types.CannotExpand(given, shape)
                self.report.tell(found, self.source, operands[0].span, related=self._from(operands[0]))
                return None
        return shape

    def _wrong_shape(
        self,
        signature: Signature,
        each: Input,
        operand: Operand,
        wrong: str,
        binding: Binding,
        bound_by: dict[str, Operand],
    ) -> None:
        given = operand.shape or ()
        wanted = substitute(each.shape, binding) if wrong != "rank" else each.shape
        related = self._from(operand)
        if wrong == "rank":
            ranks = findings.types.RankDisagrees(each.name, signature.name, wanted, given)
            self.report.tell(ranks, self.source, operand.span, related=related)
            return
        binder = bound_by.get(wrong)
        if binder is not None and binder is not operand:
            where = f"{binder.shown} has shape {shown_shape(binder.shape or ())}"
            related = [*related, Related(where, Place(self.source, binder.span))]
        found = findings.types.DimensionMismatch(each.name, signature.name, wanted, given)
        self.report.tell(found, self.source, operand.span, related=related)


def wanted_inputs(signature: Signature, count: int) -> list[Input]:
    """The inputs of a signature for so many that are given: the last one may be repeated."""
    inputs = list(signature.inputs[:count])
    while len(inputs) < count:
        inputs.append(signature.inputs[-1])
    return inputs


def _tensor(operand: Operand) -> Type:
    assert isinstance(operand.type, Type)
    return operand.type
