"""Checks the body of one harness or test, statement by statement, into typed nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hdsl.check import findings
from hdsl.check.budget_options import DeclaredBudget
from hdsl.check.calls import Arguments
from hdsl.check.control import check_branches, check_cases
from hdsl.check.declarations import Declarer
from hdsl.check.definitions import Definitions
from hdsl.check.diagnostic import Place, Related
from hdsl.check.dimensions import report_unbound
from hdsl.check.fields import Fields
from hdsl.check.indexing import UNKNOWN, indexed_shape
from hdsl.check.inference import Inference, Result, wanted_inputs
from hdsl.check.names import find_callable, report_unknown_callable
from hdsl.check.operands import Operand, Operands
from hdsl.check.payloads import check_payloads
from hdsl.check.report import Report
from hdsl.check.scope import Scope, Value
from hdsl.check.templates import Templates
from hdsl.graph.model_options import RETRIES
from hdsl.graph.shapes import Binding, Shape, match
from hdsl.graph.signature import Effect, Signature
from hdsl.graph.typed import (
    CallOf,
    ConstantInput,
    FreshSession,
    IndexOf,
    InputValue,
    SwitchOf,
    TextOf,
    TypedNode,
    ValueOf,
)
from hdsl.graph.types import BUILT_IN, TEXT, TensorType, Type, canonical, is_equal, is_usable
from hdsl.graph.types import UNKNOWN as HIDDEN
from hdsl.syntax import tree


class Body:
    """The statements of one body, checked in order into `nodes`."""

    def __init__(self, report: Report, scope: Scope, declarer: Declarer, definitions: Definitions) -> None:
        self.report = report
        self.scope = scope
        self.source = scope.module.source
        self.declarer = declarer
        self.definitions = definitions
        scope.definitions = (definitions, declarer.values)
        scope.callables = declarer.callables
        self.arguments = Arguments(report, scope)
        self.nodes: list[TypedNode] = []
        self.fields = Fields(report, scope, self.nodes)
        self.operands = Operands(report, scope, self.fields)
        self.inference = Inference(report, scope)
        self.templates = Templates(report, scope, self.operands)
        self.budget = DeclaredBudget(report, scope)
        self.disagreeing: list[tree.Node] = []
        """Nodes that are not what is written of them."""
        self._annotations: dict[tuple[Any, ...], tuple[Type | None, Shape | None]] = {}

    def statements(self, statements: Sequence[tree.Statement]) -> None:
        """Checks all statements; names defined further down are known as such."""
        named = [each for each in statements if not isinstance(each, tree.Budget)]
        self.definitions.preregister(each.name.text for each in named)
        self.scope.later.update((each.name.text, each) for each in named)
        for statement in statements:
            if type(statement) is tree.Node:
                self.node(statement)
            elif isinstance(statement, tree.Budget):
                self.budget.declare(statement)
            elif isinstance(statement, tree.DimConstant):
                self.scope.later.pop(statement.name.text, None)
                if self.definitions.define(statement.name):
                    self.scope.constants[statement.name.text] = self.declarer.size(statement.value, statement.span)
            elif isinstance(statement, tree.Experience):
                self.scope.later.pop(statement.name.text, None)
                if self.definitions.define(statement.name):
                    table = self.declarer.experience(statement)
                    self.scope.values[statement.name.text] = Value(
                        table.type, (), statement.name.span, table, used=True
                    )

    # Nodes

    def node(self, node: tree.Node) -> None:
        """Checks one node and puts it in scope."""
        name = node.name.text
        self.scope.statement = node.span
        annotation = self.annotation(node.annotation)
        value = node.value
        typed: ValueOf | None
        effects: tuple[Effect, ...] = ()
        if isinstance(value, tree.Call):
            is_hidden = node.annotation is not None and annotation[0] is None
            result, typed, effects = self.call(value, annotation[1], HIDDEN if is_hidden else annotation[0])
        elif isinstance(value, tree.Switch):
            result, typed = self._switch(value)
        elif isinstance(value, tree.Index):
            result, typed = self._index(value, annotation[1])
        else:
            result, typed = self._template(node, value, annotation)
        self.scope.later.pop(name, None)
        is_told = result.shape is None and self.report.has_errors_in(self.source, value.span)
        if node.annotation is not None and node.annotation.dims is None and annotation[0] is not None and not is_told:
            self._missing_shape(node.annotation, result)
        if not self.definitions.define(node.name):
            return
        final = self._compare(node, annotation, result)
        self.scope.values[name] = Value(final[0], final[1], node.name.span)
        if final[0] is not None and final[0].record is not None and name in self.scope.module.uses:
            self.report.tell(findings.records.RecordNamedAsModule(name), self.source, node.name.span)
        if typed is not None and final[0] is not None and final[1] is not None:
            self.nodes.append(TypedNode(name, typed, final[0], final[1], effects, node.span))

    def annotation(self, expression: tree.TypeExpr | None) -> tuple[Type | None, Shape | None]:
        """The type and shape as written; None for what is missing or was reported."""
        if expression is None:
            return None, None
        dims = expression.dims
        key = (expression.name.text, tuple([(dim.name, dim.size) for dim in dims]) if dims is not None else None)
        known = self._annotations.get(key)
        if known is None:
            known = self._resolve_annotation(expression)
            if None not in known:
                self._annotations[key] = known
        return known

    def _resolve_annotation(self, expression: tree.TypeExpr) -> tuple[Type | None, Shape | None]:
        kind = self.declarer.element_type(expression.name)
        if expression.dims is None or kind is None:
            return kind, None
        shape: list[int | str] = []
        for dim in expression.dims:
            name = "*" + dim.name if dim.pack else dim.name
            if dim.size is not None:
                shape.append(self.declarer.size(dim.size, dim.span))
            elif name in self.scope.constants:
                shape.append(self.scope.constants[name])
            elif name in self.scope.dimensions:
                self.scope.used_options.add(name)
                shape.append(name)
            else:
                if dim.name not in self.scope.unread:
                    report_unbound(self.report, self.scope, dim.span, name)
                return kind, None
        return kind, tuple(shape)

    def _compare(
        self, node: tree.Node, annotation: tuple[Type | None, Shape | None], result: Result
    ) -> tuple[Type | None, Shape | None]:
        """What the node is: the inferred type and shape, compared with what is written; hidden where they disagree."""
        kind, shape = annotation
        if node.annotation is None:
            if result.type is not None and result.shape is not None:
                missing = findings.bodies.MissingAnnotation(
                    node.name.text, self._as_here(result.type), result.shape, is_open=self._is_open(node.value)
                )
                self.report.tell(missing, self.source, node.name.span)
            return result.type, result.shape
        disagrees = (result.type is not None and kind is not None and not is_equal(result.type, kind)) or (
            result.shape is not None and shape is not None and result.shape != shape
        )
        if disagrees:
            found = findings.bodies.AnnotationDisagrees(
                node.name.text,
                node.annotation,
                shape or (),
                self._as_here(result.type or kind or TEXT),
                shape or () if result.shape is None else result.shape,
            )
            made_of = Related("inferred from this expression", Place(self.source, node.value.span))
            self.report.tell(found, self.source, node.annotation.span, related=[made_of])
            self.disagreeing.append(node)
            return None, None
        if result.type is None or result.shape is None:
            is_hidden = kind is None or shape is None or self.report.found("not-a-payload", self.source, node.span)
            return (None, None) if is_hidden else (kind, shape)
        return result.type, result.shape

    def _is_open(self, value: tree.Expression) -> bool:
        """Whether a node has the type that is written of it, whatever it is."""
        if not isinstance(value, tree.Call) or value.operation.text in self.scope.operations:
            return False
        signature = find_callable(self.scope.module, self.scope.prelude, value.operation.text)
        return signature is not None and signature.is_of_any_type

    def _as_here(self, kind: Type) -> Type:
        """A type under the name that it has in this file: that of another one goes by its module."""
        module = self.scope.module
        if kind.kind != "text" or kind.name in BUILT_IN or module.types.get(kind.name) == kind:
            return kind
        aliases = (alias for alias, used in module.uses.items() if used.types.get(kind.name) == kind)
        alias = next(aliases, None)
        return kind if alias is None else kind._replace(name=f"{alias}.{kind.name}")

    def _missing_shape(self, annotation: tree.TypeExpr, result: Result) -> None:
        found = findings.bodies.NodeWithoutShape(annotation.name.text, result.shape)
        self.report.tell(found, self.source, annotation.span)

    # Expressions

    def call(
        self, call: tree.Call, annotated: Shape | None, annotated_type: Type | None = None
    ) -> tuple[Result, CallOf | None, tuple[Effect, ...]]:
        """Checks a call of an operation, a harness, or an operation parameter."""
        name = call.operation.text
        scope = self.scope
        parameter = scope.operations.get(name)
        signature = parameter or find_callable(scope.module, scope.prelude, name)
        if signature is None:
            for argument in call.arguments:
                self._use(argument)
            if name not in scope.unread and name.partition(".")[0] not in scope.unread:
                report_unknown_callable(self.report, scope, call.operation)
            return Result(None, None, {}), None, ()
        if parameter is not None:
            scope.used_options.add(name)
        if self._lacks_what_is_given(signature, call):
            for argument in call.arguments:
                self._use(argument)
            return Result(None, None, {}), None, signature.effects
        self.templates.literals(call)
        given, by_name, counted = self.arguments.split(call, signature)
        options, sound = self.arguments.options(by_name, signature, call.operation.span)
        if not counted:
            given = [value for i, value in enumerate(given) if i < len(signature.inputs) or type(value) is tree.Name]
        operands = [self.operands.operand(value, str(i)) for i, value in enumerate(given, 1)]
        if not counted or not sound:
            return Result(None, None, {}), None, signature.effects
        binding: Binding = {}
        for option in signature.options:
            if option.kind == "dim":
                binding[option.name] = options[option.name]  # type: ignore[assignment]
            elif option.kind == "shape":
                binding["*" + option.name] = options[option.name]  # type: ignore[assignment]
        result = self.inference.call(signature, operands, binding, annotated, call.operation.span, annotated_type)
        if result.type is None or result.shape is None:
            return result, None, signature.effects
        self._useless_retries(by_name, signature, result.type)
        inputs = self._inputs(signature, operands, result)
        shown = name if parameter is not None else None
        return result, CallOf(signature, inputs, options, result.binding, shown), signature.effects

    def _useless_retries(self, given: Mapping[str, tree.Option], signature: Signature, kind: Type) -> None:
        """Reports retries at a node whose answer may be any text, so that none is ever asked for again."""
        option = given.get(RETRIES)
        if option is None or kind.structure is not None or signature.option(RETRIES) is not None:
            return
        if Effect("llm") not in signature.effects:
            return
        self.report.tell(findings.bodies.UselessRetries(signature.name, option), self.source, option.span)

    def _lacks_what_is_given(self, signature: Signature, call: tree.Call) -> bool:
        """Whether a harness may lack an input or an option that its body names and this call gives."""
        unresolved = self.scope.module.unresolved.get(signature.name, frozenset())
        if signature.module != self.scope.module.path or not unresolved:
            return False
        options = {each.name.text for each in call.arguments if isinstance(each, tree.Option)}
        return bool(options & unresolved) or len(call.arguments) - len(options) > signature.required_inputs

    def _use(self, value: object) -> None:
        """Counts as used what is given to an operation that is not known."""
        match value:
            case tree.Name(text=name):
                if name in self.scope.values:
                    self.scope.values[name].used = True
                self.scope.used_options.add(name)
            case tree.Option():
                self._use(value.value)
            case tree.BoundOperation() | tree.ListValue():
                for each in value.options if isinstance(value, tree.BoundOperation) else value.items:
                    self._use(each)

    def _inputs(self, signature: Signature, operands: Sequence[Operand], result: Result) -> tuple[InputValue, ...]:
        kinds = [wanted.type for wanted in wanted_inputs(signature, len(operands))]
        inputs = [_as_kept(operand.value, kind, result) for operand, kind in zip(operands, kinds, strict=True)]
        for wanted in signature.inputs[len(operands) :]:
            if signature.may_be_fresh(wanted):
                shape = tuple(d for name in wanted.shape for d in result.binding.get(str(name), (name,)))
                inputs.append(FreshSession(wanted.name, shape))
            elif not wanted.repeated:
                inputs.append(None)
        return tuple(inputs)

    def _switch(self, switch: tree.Switch) -> tuple[Result, SwitchOf | None]:
        condition = self.operands.operand(switch.condition, "1")
        branches = [self.templates.branch(case.branch) for case in switch.cases]
        if condition.known:
            kind = condition.type
            if kind == HIDDEN:
                return Result(None, None, {}), None
            if not isinstance(kind, Type) or kind.kind != "text" or kind.record is not None:
                found = findings.types.NotToSwitchOn(kind)
                self.report.tell(found, self.source, condition.span)
                return Result(None, None, {}), None
            check_cases(self.report, self.source, switch, kind)
        result = check_branches(self.report, self.source, condition, [operand for operand, _ in branches])
        given = [value for _, value in branches]
        check_payloads(self.report, self.source, switch, condition, given, self.nodes)
        labels = [case.label.text if case.label else None for case in switch.cases]
        cases = tuple(zip(labels, [given for _, given in branches], strict=True))
        return result, SwitchOf(condition.value, cases)

    def _template(
        self, node: tree.Node, template: tree.Template, annotation: tuple[Type | None, Shape | None]
    ) -> tuple[Result, TextOf | None]:
        """A text as a node. Of one without holes, the annotation says the type and the shape."""
        typed, shaped = self.templates.template(template)
        if typed is None:
            return Result(None, None, {}), None
        if shaped is None and node.annotation is None:
            self.report.tell(findings.templates.TextWithoutShape(node.name.text), self.source, node.name.span)
            return Result(None, None, {}), None
        kind, shape = annotation
        constant = template.constant
        if constant is None or kind is None or not is_usable(kind, TEXT):
            kind = TEXT
        else:
            typed = typed._replace(parts=(self.declarer.of_type(constant, kind),))
        return Result(kind, shape if shaped is None else shaped.shape, {}), typed

    def _index(self, index: tree.Index, annotated: Shape | None) -> tuple[Result, IndexOf | None]:
        source = self.operands.operand(index.source, "1")
        if not source.known:
            return Result(None, None, {}), None
        if not isinstance(source.type, Type) or source.shape is None:
            found = findings.types.TypeMismatch(index.source.text, "a tensor", source.type)
            self.report.tell(found, self.source, source.span)
            return Result(None, None, {}), None
        shape = indexed_shape(self.report, self.source, index, source.shape)
        if shape is not None and UNKNOWN in shape:
            shape = self._named_dimensions(index, shape, annotated)
        return Result(source.type, shape, {}), IndexOf(index.source.text, index.items)

    def _named_dimensions(self, index: tree.Index, shape: Shape, annotated: Shape | None) -> Shape | None:
        pattern = tuple(f"?{i}" if dimension == UNKNOWN else dimension for i, dimension in enumerate(shape))
        if annotated is None or match(pattern, annotated, {}) == "rank":
            self.report.tell(findings.bodies.UnboundRange(), self.source, index.span)
            return None
        return tuple(
            a if isinstance(p, str) and p.startswith("?") else p for p, a in zip(pattern, annotated, strict=True)
        )


def _as_kept(value: InputValue, wanted: TensorType, result: Result) -> InputValue:
    """An input; records that are written as texts in their canonical form."""
    kind = result.type if isinstance(wanted, Type) and wanted.kind == "variable" else wanted
    if not isinstance(value, ConstantInput) or not isinstance(kind, Type) or kind.form is None:
        return value
    texts = (value.texts,) if isinstance(value.texts, str) else value.texts
    kept = tuple(text if text in kind.label_texts else canonical(text, kind) for text in texts)
    return value._replace(texts=kept[0] if isinstance(value.texts, str) else kept)
