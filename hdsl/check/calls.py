"""Rules of calls (HG2xx): which argument is which input or option, and whether literals are of the right kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.dimensions import report_unbound
from hdsl.check.literals import literal_of, option_meant
from hdsl.check.names import find_callable, report_unknown_callable
from hdsl.check.patterns import check_pattern
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.graph.model_options import MODEL_OPTIONS, model_options
from hdsl.graph.ranges import range_of
from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.signature import OperationOf, OptionParameter, Signature
from hdsl.graph.typed import BoundOperation, OptionReference, OptionValue
from hdsl.graph.types import UNKNOWN, Type, is_usable
from hdsl.ground.spelling import certain, closest
from hdsl.syntax import tree
from hdsl.syntax.tree import Span

NOTHING = frozenset({"None", "null", "nil"})
"""What other languages call the absence of a value."""


class _Accepts(NamedTuple):
    """What a signature accepts, found once: each call in a scope asks for it."""

    signature: Signature
    repeated: bool
    required_inputs: int
    inputs: frozenset[str]
    """The names of its inputs; of one whose type could not be read, none."""
    of_model: tuple[OptionParameter, ...]
    options: dict[str, None]
    """The names of all its options, in order."""

    @classmethod
    def of(cls, signature: Signature) -> _Accepts:
        of_model = model_options(signature)
        return cls(
            signature,
            any(wanted.repeated for wanted in signature.inputs),
            signature.required_inputs,
            frozenset(wanted.name for wanted in signature.inputs if wanted.type != UNKNOWN),
            of_model,
            dict.fromkeys(wanted.name for wanted in (*signature.options, *of_model)),
        )


class Arguments:
    """Binds the arguments of calls in one scope to the inputs and options of their signatures."""

    def __init__(self, report: Report, scope: Scope) -> None:
        self.report = report
        self.scope = scope
        self.source = scope.module.source
        self._known: dict[int, _Accepts] = {}

    def _accepts(self, signature: Signature) -> _Accepts:
        known = self._known.get(id(signature))  # it holds the signature, so that no other gets its identity
        if known is None:
            known = self._known[id(signature)] = _Accepts.of(signature)
        return known

    def split(self, call: tree.Call, signature: Signature) -> tuple[list[tree.Value], dict[str, tree.Option], bool]:
        """The call's inputs in order and its options by name; False where a fault was reported."""
        inputs: list[tree.Value] = []
        options: dict[str, tree.Option] = {}
        late: list[tree.Value] = []
        sound = True
        for argument in call.arguments:
            if type(argument) is not tree.Option:
                inputs.append(argument)  # type: ignore[arg-type]
                late += inputs[-1:] if options else []
                continue
            name = argument.name.text
            if name in options:
                first = Related("first given here", Place(self.source, options[name].name.span))
                found = findings.calls.RepeatedOption(options[name], argument)
                self.report.tell(found, self.source, argument.name.span, related=[first])
                sound = False
            else:
                options[name] = argument
        counted = self._count(call, signature, inputs, options)
        for argument in late:
            if counted or isinstance(argument, tree.Name):
                self.report.tell(findings.calls.InputAfterOption(call, signature), self.source, argument.span)
        return inputs, options, counted and sound and not late

    def _count(
        self, call: tree.Call, signature: Signature, inputs: Sequence[tree.Value], options: dict[str, tree.Option]
    ) -> bool:
        accepts = self._accepts(signature)
        most = len(signature.inputs)
        if len(inputs) > most and not accepts.repeated:
            extra = inputs[most]
            spare = [option.name for option in signature.options if option.name not in options]
            is_option = isinstance(extra, tree.Name) and extra.text in self.scope.options
            if spare and is_option:
                self._option_by_position(extra, signature, spare)  # type: ignore[arg-type]
            elif spare and not isinstance(extra, tree.Name):
                meant = option_meant(extra, [each for each in signature.options if each.name in spare])
                found = findings.calls.OptionByPosition(extra, signature.name, spare, meant)
                self.report.tell(found, self.source, extra.span)
                if meant is not None:
                    options[meant] = tree.Option(tree.Name(meant, extra.span), extra, extra.span)
            else:
                self.report.tell(findings.calls.ExtraArgument(signature, most), self.source, extra.span)
            return False
        for name, option in options.items():
            if name in accepts.inputs:
                self.report.tell(findings.calls.InputByName(name, call, signature), self.source, option.name.span)
                return False
        if len(inputs) < accepts.required_inputs:
            missing = signature.inputs[min(len(inputs), most - 1)]
            if any(wanted.type == UNKNOWN for wanted in signature.inputs):
                return False
            self.report.tell(findings.calls.MissingInput(missing, signature), self.source, call.operation.span)
            return False
        return True

    def _option_by_position(self, extra: tree.Name, signature: Signature, spare: Sequence[str]) -> None:
        """Reports an option of the harness that is passed on by position, to the one option of its kind."""
        kind = self.scope.options[extra.text].kind
        fitting = [each.name for each in signature.options if each.name in spare and each.kind == kind]
        self.scope.used_options.add(extra.text)
        meant = fitting[0] if len(fitting) == 1 else None
        found = findings.calls.OptionByPosition(extra, signature.name, fitting or spare, meant)
        self.report.tell(found, self.source, extra.span)

    def options(
        self, given: dict[str, tree.Option], signature: Signature, place: Span
    ) -> tuple[dict[str, OptionValue], bool]:
        """The value of every option, defaults included; False where a fault was reported."""
        values: dict[str, OptionValue] = {}
        sound = True
        accepts = self._accepts(signature)
        known = list(accepts.options)
        unknown = [name for name in given if name not in accepts.options]
        missing: list[str] = []
        spare: list[str] = []
        meant: set[str | None] = set()
        if unknown:
            missing = [wanted.name for wanted in signature.options if wanted.required and wanted.name not in given]
            spare = [each for each in known if each not in given]
        if missing:
            meant = {closest(name, spare) for name in unknown}
            if len(unknown) == len(missing) == 1:
                meant.add(missing[0])
        for wanted in signature.options:
            option = given.get(wanted.name)
            if option is not None:
                value = self._in_range(self.value(option.value, wanted, signature), option, wanted, signature)
                sound = sound and value is not None
                values[wanted.name] = value
            elif wanted.required:
                if wanted.name not in meant:
                    self.report.tell(findings.calls.MissingOption(wanted, signature.name), self.source, place)
                sound = False
            else:
                values[wanted.name] = (wanted.default,) if wanted.kind == "dim" else wanted.default  # type: ignore[assignment]
        for wanted in accepts.of_model:
            if wanted.name not in given:
                continue
            value = self._of_model(given[wanted.name].value, wanted, signature)
            sound = sound and value is not None
            values[wanted.name] = value
        if unknown:
            inputs = {wanted.name for wanted in signature.inputs}
            for name in unknown:
                if name not in inputs:
                    found = findings.calls.UnknownOption(given[name], signature.name, known, spare, missing)
                    self.report.tell(found, self.source, given[name].name.span)
                sound = False
        return values, sound

    def _in_range(
        self, value: OptionValue, option: tree.Option, wanted: OptionParameter, signature: Signature
    ) -> OptionValue:
        """A value that the option may have; None after reporting one that it may not. One that is passed on by the
        harness counts as its default."""
        if value is None or not isinstance(wanted.kind, str):
            return value
        known = self.scope.options[value.name].default if isinstance(value, OptionReference) else value
        allowed = range_of(signature, wanted, self.scope.module)
        if allowed is None or not isinstance(known, str | int | float) or allowed.takes(known):
            return value
        found = findings.calls.OutOfRange(wanted.name, allowed.said(wanted.kind), known)
        self.report.tell(found, self.source, option.value.span)
        return None

    def _of_model(self, value: Any, wanted: OptionParameter, signature: Signature) -> OptionValue:
        """The value of an option of a model's node; None after reporting one that it cannot be."""
        option = MODEL_OPTIONS[wanted.name]
        if isinstance(value, tree.Name) and value.text in self.scope.options and not option.is_literal:
            return self.value(value, wanted, signature)
        found = literal_of(value, option.kind) if not isinstance(value, tree.BoundOperation | tree.Option) else None
        if found is not None and option.takes(found):
            return found
        self.report.tell(findings.calls.WrongLiteral(wanted.name, option.allowed, value), self.source, value.span)
        return None

    def value(self, value: Any, wanted: OptionParameter, signature: Signature) -> OptionValue:
        """The value of one option, None after reporting that it is of the wrong kind."""
        kind = wanted.kind
        if isinstance(kind, OperationOf):
            return self.operation(value, wanted, kind)
        if kind == "shape":
            return self._shape(value, wanted)
        if kind == "dim":
            dimension = self._dimension(value)
            return None if dimension is None else (dimension,)
        if type(value) is tree.Name and value.text in self.scope.options:
            mine = self.scope.options[value.text]
            if mine.kind == kind or (kind == "float" and mine.kind == "int"):
                self.scope.used_options.add(value.text)
                return OptionReference(value.text)
        if type(value) is tree.Name and kind in ("int", "float") and value.text in self.scope.dimensions:
            return self._dimension(value)
        literal = literal_of(value, kind) if not isinstance(value, tree.BoundOperation | tree.Option) else None
        is_unread = type(value) is tree.Name and value.text in self.scope.unread
        if literal is None and not is_unread:
            self._wrong(value, wanted, kind)
        if type(value) is tree.Text:
            check_pattern(self.report, self.source, value, wanted, signature)
        return literal

    def _wrong(self, value: Any, wanted: OptionParameter, kind: str) -> None:
        if isinstance(value, tree.Name) and self._is_misspelt_option(value, kind):
            return
        self.report.tell(findings.calls.WrongLiteral(wanted.name, kind, value), self.source, value.span)

    def _is_misspelt_option(self, name: tree.Name, kind: str) -> bool:
        """Whether a name that is not an option of the harness is like one; reports it then."""
        options = {each.name: each for each in self.scope.options.values() if each.kind == kind}
        meant = certain(name.text, options)
        if name.text not in self.scope.values and name.text.lower() not in ("true", "false", "none", "null"):
            self.scope.unresolved.add(name.text)
        if meant is None:
            return False
        declared = Related(f"`{meant}` is declared here", Place(self.source, options[meant].span))
        found = findings.names.UnknownNameOfOption(name.text, meant)
        self.report.tell(found, self.source, name.span, related=[declared])
        return True

    def _dimension(self, value: Any) -> Dimension | None:
        match value:
            case tree.Number(value=int() as number) if number >= 0:
                return number
            case tree.Number(value=int() as number):
                self.report.tell(findings.calls.NegativeSize(number), self.source, value.span)
            case tree.Name(text=name) if name in self.scope.constants:
                return self.scope.constants[name]
            case tree.Name(text=name) if name in self.scope.dimensions:
                self.scope.used_options.add(name)
                return name
            case tree.Pack(name=name) if "*" + name in self.scope.dimensions:
                return "*" + name
            case tree.Name(text=name) | tree.Pack(name=name) if name not in self.scope.unread | NOTHING:
                shown = "*" + name if isinstance(value, tree.Pack) else name
                report_unbound(self.report, self.scope, value.span, shown)
            case tree.Name(text=name) | tree.Pack(name=name) if name not in NOTHING:
                pass
            case _:
                self.report.tell(findings.calls.WrongLiteral("dimension", "dim", value), self.source, value.span)
        return None

    def _shape(self, value: Any, wanted: OptionParameter) -> Shape | None:
        if type(value) is not tree.ListValue:
            self._wrong(value, wanted, "shape")
            return None
        dimensions = [self._dimension(item) for item in value.items]
        return None if None in dimensions else tuple(d for d in dimensions if d is not None)

    # Operations as options

    def operation(self, value: Any, wanted: OptionParameter, kind: OperationOf) -> BoundOperation | None:
        """The operation given to an operation parameter, None after reporting that it is none or does not fit."""
        name: tree.Name
        given: tuple[tree.Option, ...] = ()
        if type(value) is tree.BoundOperation:
            name, given = value.operation, value.options
        elif type(value) is tree.Name:
            name = value
        else:
            self.report.tell(findings.calls.WrongLiteral(wanted.name, "op", value), self.source, value.span)
            return None
        own = self.scope.operations.get(name.text)
        signature = own or find_callable(self.scope.module, self.scope.prelude, name.text)
        if signature is None:
            if name.text not in self.scope.unread and name.text.partition(".")[0] not in self.scope.unread:
                report_unknown_callable(self.report, self.scope, name)
            return None
        by_name = {option.name.text: option for option in given}
        values, sound = self.options(by_name, signature, name.span)
        unfit = misfit(signature, kind)
        if unfit is not None and sound:
            found = findings.calls.OperationDoesNotFit(name.text, wanted.name, unfit, kind, signature)
            self.report.tell(found, self.source, name.span)
            return None
        if not sound:
            return None
        if own is not None:
            self.scope.used_options.add(name.text)
            return BoundOperation(None, {}, name.text)
        return BoundOperation(signature, values)


def misfit(signature: Signature, kind: OperationOf) -> findings.calls.Misfit | None:
    """In what an operation does not fit an operation parameter; None where it does."""
    if signature.required_inputs > len(kind.inputs):
        return findings.calls.Misfit("inputs needed", signature.required_inputs, len(kind.inputs))
    if len(kind.inputs) > len(signature.inputs) and not any(wanted.repeated for wanted in signature.inputs):
        return findings.calls.Misfit("inputs taken", len(signature.inputs), len(kind.inputs))
    for i, (element, _) in enumerate(kind.inputs):
        wanted = signature.inputs[min(i, len(signature.inputs) - 1)]
        if not isinstance(wanted.type, Type) or wanted.type.kind == "variable":
            continue
        if not is_usable(element, wanted.type):
            return findings.calls.Misfit("input", wanted.type, element, wanted.name)
    if signature.result.kind != "variable" and not is_usable(signature.result, kind.result):
        return findings.calls.Misfit("result", signature.result, kind.result)
    allowed = {effect.name for effect in kind.effects}
    more = [effect for effect in signature.effects if effect.name not in allowed]
    return findings.calls.Misfit("effects", more) if more else None
