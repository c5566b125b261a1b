"""From a checked harness to a program: calls of harnesses are replaced by what they call, down to operations."""

from collections.abc import Mapping, Sequence

from hdsl.graph import program
from hdsl.graph.program import (
    Argument,
    Call,
    Constant,
    ConstantArgument,
    Field,
    HarnessInput,
    Index,
    IndexItem,
    Node,
    NodeArgument,
    OpenedSession,
    Program,
    Stubbed,
    Switch,
    TableArgument,
    Text,
)
from hdsl.graph.shapes import Binding, Shape, match, substitute
from hdsl.graph.signature import Signature
from hdsl.graph.stubs import Stub, makes_room
from hdsl.graph.typed import (
    BoundOperation,
    CallOf,
    ConstantInput,
    DimensionHole,
    ExperienceInput,
    ExperienceTable,
    FieldOf,
    FreshSession,
    InputValue,
    Module,
    NodeInput,
    OptionReference,
    OptionValue,
    SwitchOf,
    TextOf,
    TextPart,
    TypedHarness,
    TypedNode,
)
from hdsl.graph.types import SESSION, TEXT, Type
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

MOST_NODES = 20_000
"""Nodes of a harness with all it calls."""
DEEPEST_CALL = 200
"""Harnesses that call each other in a chain."""


class ProgramTooLarge(ValueError):  # noqa: N818 - what it says of a harness, in the words of a diagnostic
    """A harness, with all it calls, is larger than a program may be."""


class _Frame:
    """One inlined call: what its names stand for in the program."""

    __slots__ = ("binding", "depth", "harness", "module", "operations", "options", "prefix", "stubs", "values")

    def __init__(self, harness: TypedHarness, module: Module, prefix: str, binding: Binding, depth: int) -> None:
        self.harness = harness
        self.module = module
        self.prefix = prefix
        self.values: dict[str, Argument] = {}
        self.binding = binding
        self.options: dict[str, OptionValue] = {}
        self.operations: dict[str, BoundOperation] = {}
        self.depth = depth
        self.stubs: list[tuple[tuple[str, ...], Stub]] = []
        """The stubs of nodes in it, by the rest of their paths; those of the outermost call stand first."""


def inline(module: Module, harness: TypedHarness) -> Program:
    """The program of a harness, of a module that checked without errors. Raises ProgramTooLarge."""
    return _Inliner(module).run(harness)


class _Inliner:
    def __init__(self, module: Module) -> None:
        self.entry = module
        self.modules = module.reachable
        self.nodes: dict[str, Node] = {}
        self.tables: dict[str, ExperienceTable] = {}
        self.budgets: list[program.Budget] = []
        self.starts: dict[str, int] = {}
        self.stubs: tuple[Stub, ...] = ()

    def run(self, harness: TypedHarness) -> Program:
        signature = harness.signature
        self.stubs = harness.stubs
        frame = _Frame(harness, self.entry, "", {}, 1)
        for wanted in signature.inputs:
            if isinstance(wanted.type, Type):
                what = OpenedSession() if wanted.type.kind == "session" else HarnessInput()
                where = (wanted.type, wanted.shape, self.entry.path, self.entry.source, wanted.span)
                self.nodes[wanted.name] = Node(wanted.name, what, (), *where)
                frame.values[wanted.name] = NodeArgument(wanted.name)
            else:
                table = ExperienceTable(wanted.name, self.entry.path, wanted.type, (), None, wanted.span)
                self.tables[wanted.name] = table
                frame.values[wanted.name] = TableArgument(wanted.name)
        for option in signature.options:
            if option.kind != "dim":
                frame.options[option.name] = OptionReference(option.name)
        result = self._body(frame)
        path = result.path if isinstance(result, NodeArgument) else ""
        if isinstance(result, ConstantArgument):
            path = harness.returned
            where = (signature.result, signature.shape, self.entry.path, self.entry.source, signature.span)
            self.nodes[path] = Node(path, Constant(), (result,), *where)
        return Program(
            signature.name,
            self.entry.path,
            signature.inputs,
            signature.options,
            self.nodes,
            path,
            self.tables,
            tuple(self.budgets),
            self.starts,
        )

    def _body(self, frame: _Frame) -> Argument:
        harness = frame.harness
        self.starts[frame.prefix] = harness.signature.span.start
        if harness.budget:
            calls, seconds = harness.budget.get("llm_calls"), harness.budget.get("seconds")
            limit = None if calls is None else int(calls)
            per = substitute(harness.per, frame.binding)
            name = harness.signature.name
            self.budgets.append(program.Budget(frame.prefix, limit, seconds, per, name, harness.per))
        for node in harness.nodes:
            if len(self.nodes) > MOST_NODES:
                raise ProgramTooLarge(f"with all it calls, a harness has more than {MOST_NODES:,} nodes")
            self._node(frame, node)
        return frame.values.get(harness.returned)

    def _node(self, frame: _Frame, node: TypedNode) -> None:
        path = f"{frame.prefix}.{node.name}" if frame.prefix else node.name
        value = node.value
        stub = next((stub for rest, stub in frame.stubs if rest == (node.name,)), None)
        if stub is not None:
            room = isinstance(value, CallOf) and makes_room(value.signature)
            self.nodes[path] = Node(path, Stubbed(stub, room), (), *self._where(frame, node))
            frame.values[node.name] = NodeArgument(path)
            return
        if isinstance(value, CallOf):
            frame.values[node.name] = self._call(frame, node, value, path)
            return
        where = self._where(frame, node)
        if isinstance(value, SwitchOf):
            branches = [
                self._branch(frame, branch, f"{path}.{number}", where)
                for number, (_, branch) in enumerate(value.cases, 1)
            ]
            labels = tuple(label for label, _ in value.cases)
            self.nodes[path] = Node(path, Switch(labels), (self._value(frame, value.condition), *branches), *where)
        elif isinstance(value, FieldOf):
            what = Field(value.names, value.record, value.optional)
            self.nodes[path] = Node(path, what, (frame.values[value.source],), *where)
        elif isinstance(value, TextOf):
            arguments = tuple(self._value(frame, given) for given in value.inputs)
            self.nodes[path] = Node(path, Text(self._parts(frame, value)), arguments, *where)
        else:
            items = tuple(map(_item, value.items))
            self.nodes[path] = Node(path, Index(items), (frame.values[value.source],), *where)
        frame.values[node.name] = NodeArgument(path)

    def _branch(
        self, frame: _Frame, branch: InputValue | TextOf, path: str, where: tuple[Type, Shape, str, Source, Span]
    ) -> Argument:
        """What a branch of a switch stands for; a text of its own is a constant, or with holes a node of this path."""
        if not isinstance(branch, TextOf):
            return self._value(frame, branch)
        parts = self._parts(frame, branch)
        if all(isinstance(part, str) for part in parts):
            return ConstantArgument("".join(map(str, parts)), where[1])
        arguments = tuple(self._value(frame, given) for given in branch.inputs)
        self.nodes[path] = Node(path, Text(parts), arguments, TEXT, *where[1:])
        return NodeArgument(path)

    def _parts(self, frame: _Frame, text: TextOf) -> tuple[TextPart, ...]:
        """The parts of a template, with the values of options and dimensions as far as the calls say them."""
        return tuple(self._part(frame, part) for part in text.parts)

    def _part(self, frame: _Frame, part: TextPart) -> TextPart:
        if isinstance(part, OptionReference):
            value = frame.options[part.name]
            return value if isinstance(value, OptionReference) else shown_literal(value)
        if isinstance(part, DimensionHole):
            (dimension,) = substitute((part.dimension,), frame.binding)
            return str(dimension) if isinstance(dimension, int) else DimensionHole(dimension)
        return part

    def _value(self, frame: _Frame, given: InputValue) -> Argument:
        """What a node or an input of the body stands for."""
        assert isinstance(given, NodeInput)
        return frame.values[given.name]

    def _where(self, frame: _Frame, node: TypedNode) -> tuple[Type, Shape, str, Source, Span]:
        """The fields of a node behind its arguments."""
        shape = substitute(node.shape, frame.binding)
        return node.type, shape, frame.module.path, frame.module.source, node.span

    def _call(self, frame: _Frame, node: TypedNode, call: CallOf, path: str) -> Argument:
        signature, options = call.signature, self._options(frame, call.options)
        if call.parameter is not None:
            # A harness looked at by itself keeps its operation parameters as they are declared.
            bound = frame.operations.get(call.parameter)
            if bound is not None and bound.signature is not None:
                signature, options = bound.signature, dict(bound.options)
        binding = {name: substitute(shape, frame.binding) for name, shape in call.binding.items()}
        if signature is not call.signature:
            binding = self._bind_again(frame, signature, call)
        arguments = tuple(
            self._argument(frame, given, path, signature, position, binding)
            for position, given in enumerate(call.inputs)
        )
        if signature.is_harness:
            within = [(rest[1:], stub) for rest, stub in frame.stubs if rest[0] == node.name]
            return self._inlined(signature, arguments, options, binding, path, frame.depth + 1, within)
        plain = {name: value for name, value in options.items() if not isinstance(value, BoundOperation)}
        self.nodes[path] = Node(path, Call(signature, plain), arguments, *self._where(frame, node))
        return NodeArgument(path)

    def _inlined(
        self,
        signature: Signature,
        arguments: tuple[Argument, ...],
        options: Mapping[str, OptionValue],
        binding: Binding,
        path: str,
        depth: int,
        stubs: Sequence[tuple[tuple[str, ...], Stub]],
    ) -> Argument:
        if depth > DEEPEST_CALL:
            raise ProgramTooLarge(f"more than {DEEPEST_CALL} harnesses call each other in a chain")
        module = self.modules[signature.module]
        callee = _Frame(module.harnesses[signature.name], module, path, dict(binding), depth)
        called = (signature.module, signature.name)
        own = [(stub.path, stub) for stub in self.stubs if (stub.harness.module, stub.harness.name) == called]
        callee.stubs = [*stubs, *own]
        for wanted, argument in zip(signature.inputs, arguments, strict=False):
            callee.values[wanted.name] = argument
        for wanted in signature.inputs[len(arguments) :]:
            assert isinstance(wanted.type, Type)
            fresh = FreshSession(wanted.name, substitute(wanted.shape, binding))
            callee.values[wanted.name] = self._fresh(callee, fresh, path)
        for name, value in options.items():
            if isinstance(value, BoundOperation):
                callee.operations[name] = value
            else:
                callee.options[name] = value
                option = signature.option(name)
                if option is not None and option.kind == "dim" and isinstance(value, tuple):
                    callee.binding[name] = value
        return self._body(callee)

    def _bind_again(self, frame: _Frame, signature: Signature, call: CallOf) -> Binding:
        """The binding of an operation passed as an option, whose dimension names are its own."""
        own: Binding = {}
        for wanted, given in zip(signature.inputs, call.inputs, strict=False):
            if isinstance(given, NodeInput) and isinstance(argument := frame.values[given.name], NodeArgument):
                match(wanted.shape, self.nodes[argument.path].shape, own)
        return own

    def _options(self, frame: _Frame, options: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
        values: dict[str, OptionValue] = {}
        for name, value in options.items():
            if isinstance(value, tuple):
                values[name] = substitute(value, frame.binding)
            elif isinstance(value, OptionReference):
                values[name] = frame.options[value.name]
            elif isinstance(value, BoundOperation) and value.parameter is not None:
                values[name] = frame.operations.get(value.parameter, value)
            elif isinstance(value, BoundOperation):
                values[name] = BoundOperation(value.signature, self._options(frame, value.options))
            else:
                values[name] = value
        return values

    def _argument(
        self, frame: _Frame, given: InputValue, path: str, signature: Signature, position: int, binding: Binding
    ) -> Argument:
        match given:
            case NodeInput(name=name):
                return frame.values[name]
            case ConstantInput(texts=texts):
                wanted = signature.inputs[min(position, len(signature.inputs) - 1)]
                return ConstantArgument(texts, substitute(wanted.shape, binding))
            case ExperienceInput(table=table):
                key = table.name if table.module == self.entry.path else f"{table.module}:{table.name}"
                self.tables.setdefault(key, table)
                return TableArgument(key)
            case FreshSession():
                return self._fresh(frame, FreshSession(given.name, substitute(given.shape, binding)), path)
            case _:
                return None

    def _fresh(self, frame: _Frame, fresh: FreshSession, path: str) -> Argument:
        own = f"{path}.{fresh.name}"
        where = (SESSION, fresh.shape, frame.module.path, frame.module.source, frame.harness.signature.span)
        self.nodes[own] = Node(own, OpenedSession(), (), *where)
        return NodeArgument(own)


def shown_literal(value: object) -> str:
    """The value of an option as a template writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _item(item: tree.IndexItem) -> IndexItem:
    """An item of an index as numpy has it."""
    match item:
        case tree.IndexAt(position=position):
            return position
        case tree.IndexRange(start=start, stop=stop):
            return slice(start, stop)
        case tree.IndexEllipsis():
            return Ellipsis
        case _:
            return None
