"""The signatures of operations and harnesses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hdsl.check import findings
from hdsl.check.declared_types import TypeReader
from hdsl.check.definitions import Definitions
from hdsl.check.functions import is_tensor_operation
from hdsl.check.literals import literal_of
from hdsl.check.names import RUN_OPTIONS, is_of_library
from hdsl.configuration.entry_points import is_entry
from hdsl.graph import types
from hdsl.graph.shapes import Shape
from hdsl.graph.signature import EFFECTS, Effect, Input, OperationOf, OptionParameter, Signature
from hdsl.graph.types import Type
from hdsl.meaning.kind import DEFAULT, NOT_SAID, declarable, kind_named, kind_names, misfit
from hdsl.syntax import tree


class SignatureReader(TypeReader):
    """Reads the signatures of one module."""

    def signature(self, item: tree.Operation | tree.Harness) -> Signature:
        """The signature of an operation or a harness. What cannot be resolved is left out after it was reported."""
        is_harness = isinstance(item, tree.Harness)
        names = Definitions(self.report, self.module)
        inputs: list[Input] = []
        options: list[OptionParameter] = []
        for parameter in item.parameters:
            if not names.define(parameter.name):
                continue
            option = self._option(parameter)
            if option is not None:
                if is_harness and parameter.optional:
                    self.report.tell(findings.signatures.OnlyInOp(option.name), self.module.source, option.span)
                options.append(option)
                continue
            wanted = self._input(parameter, variables=not is_harness)
            self._check_place(wanted, inputs, is_harness)
            inputs.append(wanted)
        result = self._sized_type(item.result, variables=not is_harness)
        shape = self.shape(item.result.dims or ())
        effects = () if isinstance(item, tree.Harness) else self.effects(item.effects, options)
        entry = None
        if isinstance(item, tree.Operation):
            entry = item.entry.text if item.entry is not None else None
            if entry is None:
                self.report.tell(findings.signatures.NoEntry(item.name.text), self.module.source, item.name.span)
            elif item.entry is not None and not is_entry(entry):
                self.report.tell(findings.signatures.BadEntry(entry), self.module.source, item.entry.span)
        kind: str | None = DEFAULT
        if isinstance(item, tree.Operation):
            kind = self._kind(item, inputs, shape)
            result = types.UNKNOWN if kind is None else result
        if is_harness and result != types.UNKNOWN and not self._are_bound(item.result, inputs, options):
            result = types.UNKNOWN
        return Signature(
            item.name.text,
            self.module.path,
            tuple(inputs),
            tuple(options),
            result,
            shape,
            effects,
            entry,
            is_harness,
            item.name.span,
            kind or NOT_SAID,
        )

    def _kind(self, item: tree.Operation, inputs: Sequence[Input], shape: Shape) -> str | None:
        """The kind of an operation: what stands behind `as`, unknown for a tensor operation that does not say.

        None if it cannot be of that kind, which is reported.
        """
        source = self.module.source
        if item.kind is None:
            if (
                item.entry is not None
                and is_entry(item.entry.text)
                and is_tensor_operation(self.module, item.entry.text)
            ):
                return NOT_SAID
            name, span = DEFAULT, item.name.span
        else:
            name, span = item.kind.text, item.kind.span
            known = kind_names() if is_of_library(self.module.path) else declarable()
            if name not in known:
                self.report.tell(findings.signatures.UnknownKind(name, known), source, span)
                return None
        if any(wanted.type == types.UNKNOWN for wanted in inputs):
            return name
        shapes = [wanted.shape if isinstance(wanted.type, types.Type) else None for wanted in inputs]
        reason = misfit(kind_named(name), shape, shapes)
        if reason:
            self.report.tell(findings.signatures.KindDoesNotFit(item, name, reason, shape, shapes), source, span)
            return None
        return name

    def _option(self, parameter: tree.Parameter) -> OptionParameter | None:
        name, kind, default = parameter.name, parameter.type, parameter.default
        if isinstance(kind, tree.OperationType):
            operation = self.operation_of(kind)
            return OptionParameter(name.text, operation, None, True, name.span)
        if not isinstance(kind, tree.TypeExpr) or kind.dims is not None or kind.name.text not in types.OPTION_KINDS:
            return None
        option_kind = types.OPTION_KINDS[types.OPTION_KINDS.index(kind.name.text)]
        value = None
        if default is not None:
            literal = literal_of(default, option_kind)
            if literal is None:
                self.report.tell(
                    findings.signatures.WrongDefault(name.text, option_kind, default), self.module.source, default.span
                )
            value = self.size(literal, default.span) if option_kind == "dim" and isinstance(literal, int) else literal
        may_be_left_out = default is not None or (parameter.optional and option_kind not in ("dim", "shape"))
        return OptionParameter(name.text, option_kind, value, not may_be_left_out, name.span)

    def _input(self, parameter: tree.Parameter, variables: bool) -> Input:
        name, kind = parameter.name, parameter.type
        if isinstance(kind, tree.ExperienceType):
            wanted = Input(
                name.text,
                self.experience_of(kind.key, kind.value, variables),
                (),
                parameter.repeated,
                parameter.optional,
                name.span,
            )
        else:
            assert isinstance(kind, tree.TypeExpr)
            element = self._sized_type(kind, variables)
            shape = (f"*{name.text}",) if kind.dims is None else self.shape(kind.dims)
            wanted = Input(name.text, element, shape, parameter.repeated, parameter.optional, name.span)
        if parameter.default is not None and wanted.type != types.UNKNOWN:
            self.report.tell(
                findings.signatures.DefaultOfInput(name.text, kind.span.end), self.module.source, parameter.default.span
            )
        return wanted

    def _sized_type(self, expression: tree.TypeExpr, variables: bool) -> Type:
        """The element type of a tensor in a signature, which must have a shape; unknown after reporting."""
        element = self.element_type(expression.name, variables, option=expression.dims is None)
        if element is not None and expression.dims is None:
            self.report.tell(
                findings.declarations.MissingShape(expression.name.text), self.module.source, expression.span
            )
            return types.UNKNOWN
        return element or types.UNKNOWN

    def _check_place(self, wanted: Input, before: list[Input], is_harness: bool) -> None:
        if not is_harness or wanted.type == types.UNKNOWN:
            return
        source = self.module.source
        if isinstance(wanted.type, Type) and wanted.type.record is not None and wanted.name in self.module.uses:
            self.report.tell(findings.records.RecordNamedAsModule(wanted.name), source, wanted.span)
        if wanted.repeated or wanted.optional:
            self.report.tell(findings.signatures.OnlyInOp(wanted.name), source, wanted.span)
        is_session = isinstance(wanted.type, Type) and wanted.type.kind == "session"
        last_is_session = bool(before) and isinstance(before[-1].type, Type) and before[-1].type.kind == "session"
        if last_is_session and not is_session:
            self.report.tell(findings.signatures.SessionNotLast(before[-1].name), source, before[-1].span)
            before[-1] = before[-1]._replace(type=types.UNKNOWN)
        if wanted.name in RUN_OPTIONS:
            self.report.tell(findings.signatures.OptionNameTaken(wanted.name), source, wanted.span)

    def operation_of(self, kind: tree.OperationType) -> OperationOf:
        """The type of an operation parameter; its dimension names are its own."""
        inputs: list[tuple[Type, Shape]] = []
        for wanted in kind.inputs:
            element = self.element_type(wanted.name)
            inputs.append((element or types.UNKNOWN, self.shape(wanted.dims or ())))
        result = self.element_type(kind.result.name) or types.UNKNOWN
        return OperationOf(tuple(inputs), result, self.shape(kind.result.dims or ()), self.effects(kind.effects, None))

    def effects(self, effects: tuple[tree.Effect, ...], options: list[OptionParameter] | None) -> tuple[Effect, ...]:
        """The effects as declared; an option that bounds one must be a number of the signature."""
        result: list[Effect] = []
        for effect in effects:
            if effect.name not in EFFECTS:
                self.report.tell(findings.signatures.UnknownEffect(effect.name), self.module.source, effect.span)
                continue
            argument = effect.argument
            if argument is not None and options is not None:
                option = next((option for option in options if option.name == argument.text), None)
                if option is None or option.kind not in ("int", "float", "dim"):
                    numbers = [option.name for option in options if option.kind in ("int", "float", "dim")]
                    found = findings.signatures.EffectOption(argument.text, effect.name, numbers)
                    self.report.tell(found, self.module.source, argument.span)
            result.append(Effect(effect.name, None if argument is None else argument.text))
        return tuple(result)

    def _are_bound(self, result: tree.TypeExpr, inputs: list[Input], options: list[OptionParameter]) -> bool:
        """Whether inputs and options give each dimension of a harness's result; reports those that they do not."""
        given = _dimensions(inputs, options)
        sound = True
        for dim in result.dims or ():
            name = "*" + dim.name if dim.pack else dim.name
            if dim.size is None and name not in given and dim.name not in self.module.dims:
                known = self.report.likely(name, given)
                self.report.tell(findings.dimensions.UnboundDimension(name, known), self.module.source, dim.span)
                sound = False
        return sound


def dimension_names(signature: Signature) -> set[str]:
    """The names of dimensions that a signature binds: those of its inputs' shapes and its dim options."""
    return _dimensions(signature.inputs, signature.options)


def _dimensions(inputs: Iterable[Input], options: Iterable[OptionParameter]) -> set[str]:
    names = {option.name for option in options if option.kind == "dim"}
    for wanted in inputs:
        names.update(dim for dim in wanted.shape if isinstance(dim, str))
        if wanted.type == types.UNKNOWN:
            names.add(wanted.name)
    return names
