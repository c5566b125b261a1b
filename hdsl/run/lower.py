"""Lowering: a program of the graph becomes FutureTensors, node by node, by the entry points of its operations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import torch

from hdsl.check.names import is_of_library
from hdsl.configuration.entry_points import NO_ENTRIES, EntryRules, is_ours
from hdsl.future.context import current_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.future.stopping import PATIENCE
from hdsl.graph.inline import shown_literal
from hdsl.graph.loops import turn_axes
from hdsl.graph.model_options import MODEL_OPTIONS, model_options_of, options_of_model
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
from hdsl.graph.ranges import range_of
from hdsl.graph.shapes import Shape
from hdsl.graph.signature import Signature
from hdsl.graph.stubs import StubFailure, StubText, elements_of
from hdsl.graph.typed import DimensionHole, InputHole, OptionReference, TextPart
from hdsl.graph.types import Type, canonical
from hdsl.ground.errors import HdslError
from hdsl.kernel.request import Label
from hdsl.meaning.kind import DEFAULT
from hdsl.ops.coming_in import come_in
from hdsl.ops.demonstrate import demonstrate
from hdsl.ops.element import apply_operation, is_tensor_operation, lift
from hdsl.ops.field import field
from hdsl.ops.forwarded import ft_make_forwarded
from hdsl.ops.held import apply_held
from hdsl.ops.index import index
from hdsl.ops.marks import BY_TOOL
from hdsl.ops.site import Site
from hdsl.ops.stubbed import stubbed
from hdsl.ops.switch import switch
from hdsl.ops.template import template
from hdsl.ops.terminal import open_session
from hdsl.run.entries import entry_rules_of, load_entry
from hdsl.structure.structures import Structure


class LoweringError(HdslError):
    """The program cannot run as it was asked for: an operation without a function, a shape that does not fit."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a run gives to a program: sizes of its dimensions, texts of its inputs, values of its options, tables."""

    dimensions: Mapping[str, int]
    inputs: Mapping[str, Sequence[str] | FutureTensor]
    """The texts of each input, flat, in row-major order; or a FutureTensor of them."""
    options: Mapping[str, Any]
    tables: Mapping[str, torch.Tensor]


SHOWN = ("llm", "write")
"""Effects of the nodes that later turns of their loop are shown."""

Demonstrations = Mapping[str, Mapping[tuple[int, ...], str]]
"""By the path of a node what it should say, at some coordinates."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """The FutureTensors of nodes by their paths: as they are, and as those that need them see them."""

    nodes: Mapping[str, FutureTensor]
    seen: Mapping[str, FutureTensor]
    demonstrations: Demonstrations


def lower(program: Program, binding: Binding, paths: Sequence[str]) -> Mapping[str, FutureTensor]:
    """The FutureTensors of all nodes that `paths` need, in the current context. Raises LoweringError."""
    return lower_shown(program, binding, paths, {}).nodes


def lower_shown(program: Program, binding: Binding, paths: Sequence[str], demonstrations: Demonstrations) -> Lowered:
    """`lower` where some nodes are shown what they should say."""
    lowering = _Lowering(program, binding, demonstrations)
    lowering.run(paths)
    return Lowered(lowering.nodes, lowering.seen, demonstrations)


def needed_by(program: Program, paths: Iterable[str]) -> set[str]:
    """Nodes with all that they need."""
    needed = set(paths)
    for node in reversed(list(program.nodes.values())):
        if node.path in needed:
            needed.update(node.input_paths)
    return needed


def uncaught(program: Program, paths: Iterable[str]) -> set[str]:
    """The nodes that end the run if they cannot reach their kernel, as nothing that needs them goes on without."""
    found = set(paths)
    for node in reversed(list(program.nodes.values())):
        if node.path in found:
            for stage in program.demands[node.path]:
                if not stage.catches_unreachable:
                    arguments = [node.arguments[access.input] for access in stage.accesses]
                    found.update(argument.path for argument in arguments if isinstance(argument, NodeArgument))
    return found


class _Lowering:
    def __init__(self, program: Program, binding: Binding, demonstrations: Demonstrations) -> None:
        self.program = program
        self.binding = binding
        self.demonstrations = demonstrations
        self._entries: EntryRules | None = None
        self.nodes: dict[str, FutureTensor] = {}
        self.seen: dict[str, FutureTensor] = {}

    def run(self, paths: Sequence[str]) -> None:
        needed = needed_by(self.program, paths)
        ending = uncaught(self.program, paths)
        for number, node in enumerate(self.program.nodes.values()):
            if node.path in needed:
                lowered = self.nodes[node.path] = self._node(node)
                lowered.ft_node.is_caught = node.path not in ending
                if node.meaning.takes_turns or any(effect.name in SHOWN for effect in node.effects):
                    lowered.ft_node.step = number
                shown = self.demonstrations.get(node.path)
                self.seen[node.path] = lowered if shown is None else demonstrate(lowered, shown)

    def _node(self, node: Node) -> FutureTensor:
        site = self._site(node)
        inputs = [self._argument(argument) for argument in node.arguments]
        match node.what:
            case HarnessInput():
                return self._input(node, site)
            case OpenedSession():
                return apply_operation(open_session, [None], {}, site)
            case Stubbed():
                return stubbed(self._replies(node, node.what), site, is_room=node.what.makes_room)
            case Constant():
                return inputs[0]  # type: ignore[return-value]
            case Switch(labels=labels):
                return switch(inputs[0], list(zip(labels, inputs[1:], strict=True)), site=site)  # type: ignore[arg-type]
            case Index(items=items):
                return self._index(node, items, inputs[0], site)
            case Field(names=names, record=record):
                return field(inputs[0], record, names, site=site)  # type: ignore[arg-type]
            case Text(parts=parts):
                return self._text(node, parts, inputs, site)
            case Call(signature=signature):
                return self._call(node, signature, inputs, site)

    def _call(
        self, node: Node, signature: Signature, inputs: Sequence[torch.Tensor | None], site: Site
    ) -> FutureTensor:
        if signature.entry is None:
            raise LoweringError(f"the operation `{signature.name}` names no function")
        function = load_entry(signature, NO_ENTRIES if is_ours(signature.entry) else self._entry_rules())
        tools = current_context().tools
        if tools is not None and getattr(function, BY_TOOL, False):
            tools.check(signature.module, signature.name, frozenset(each.name for each in signature.effects))
        of_model = options_of_model(signature, node.options)
        options = {name: self._option(value) for name, value in node.options.items() if name not in of_model}
        self._check_ranges(node, signature, options)
        if is_of_library(signature.module):
            return apply_operation(function, inputs, options, site)
        takes_tensors = is_tensor_operation(function)
        if not takes_tensors and signature.kind != DEFAULT:
            raise LoweringError(
                f"the operation `{signature.name}` says that it is `{signature.kind}`, but its function takes one "
                "element and is given all inputs at once: mark it with @hdsl.tensor_operation, or do not say a kind"
            )
        if takes_tensors and node.meaning.is_known:
            return apply_held(function, inputs, options, site, node.meaning)
        return apply_operation(function, inputs, options, site)

    def _entry_rules(self) -> EntryRules:
        if self._entries is None:
            self._entries = entry_rules_of(self.program.module)
        return self._entries

    def _site(self, node: Node) -> Site:
        shape = self.shape(node.shape)
        labels = tuple(Label(text, description) for text, description in node.type.labels or ())
        input_labels = tuple(self._labels_of(argument) for argument in node.arguments)
        effects = frozenset(effect.name for effect in node.effects)
        of_model = {name: self._option_of_model(node, name, value) for name, value in model_options_of(node).items()}
        purpose = self._purpose(node) if "llm" in effects else ""
        forms = tuple(map(self._form_of, node.arguments))
        site = Site(node.path, shape, labels, input_labels, node.sessions, effects, form=node.type.form)
        checked = node.type.structure if gives_of_its_own(node) else None
        owed = self._owed_seconds(node)
        site = replace(site, purpose=purpose, input_forms=forms, checked=checked, owed_seconds=owed, **of_model)
        if not isinstance(node.what, Call):
            return site
        return replace(site, operation=node.what.signature.name, declared_in=node.what.signature.module)

    def _owed_seconds(self, node: Node) -> float:
        """How long what a node owes may take: as long as it may wait, and no less than PATIENCE."""
        owed = [access for stage in self.program.demands[node.path] if stage.is_owed for access in stage.accesses]
        return max([PATIENCE, *(self._waits(node.arguments[access.input]) for access in owed)])

    def _waits(self, argument: Argument) -> float:
        """How long a node with all that it needs may wait."""
        if not isinstance(argument, NodeArgument):
            return 0.0
        seconds = 0.0
        for path in needed_by(self.program, [argument.path]):
            node = self.program.nodes[path]
            for effect in node.effects:
                if effect.name == "wait" and effect.option is not None:
                    seconds += prod(self.shape(node.shape)) * float(self._option(node.options[effect.option]))
        return seconds

    def _replies(self, node: Node, what: Stubbed) -> Mapping[tuple[int, ...], Element]:
        """The elements that a stub gives; of turns that it leaves out, and of room, none."""
        shape = self.shape(node.shape)
        room = frozenset({len(shape) - 1}) if what.makes_room else frozenset()
        turns = turn_axes(self.program).get(node.path, frozenset())
        given = elements_of(what.stub.reply, shape, room | turns)
        if given is None:
            raise LoweringError(f"the stub of `{what.stub.shown}` does not fit the shape {list(shape)}")
        return {at: _element(each, node.type) for at, each in given}

    def _check_ranges(self, node: Node, signature: Signature, options: Mapping[str, Any]) -> None:
        """Refuses what the options of the run make of the options of a node."""
        for option in signature.options:
            allowed = range_of(signature, option)
            if allowed is not None and not allowed.takes(options.get(option.name)):
                said = allowed.said(str(option.kind))
                raise LoweringError(f"`{node.path}`: {option.name} is {said}, not {options[option.name]!r}")

    def _option_of_model(self, node: Node, name: str, value: object) -> Any:
        given = self._option(value)
        option = MODEL_OPTIONS[name]
        if not option.takes(given):
            raise LoweringError(f"`{node.path}`: {name} is {option.said}, not {given!r}")
        return given

    def _purpose(self, node: Node) -> str:
        """What the comments above the harness that a node stands in, and above the node, say."""
        harness = self.program.harness_starts.get(node.path.rpartition(".")[0])
        starts = [start for start in (harness, node.span.start) if start is not None]
        return " ".join(filter(None, map(node.source.documentation, starts)))

    def _labels_of(self, argument: Argument) -> tuple[str, ...]:
        return self.program.nodes[argument.path].type.label_texts if isinstance(argument, NodeArgument) else ()

    def _form_of(self, argument: Argument) -> Structure | None:
        return self.program.nodes[argument.path].type.form if isinstance(argument, NodeArgument) else None

    def _input(self, node: Node, site: Site) -> FutureTensor:
        assert site.shape is not None
        texts = self.binding.inputs[node.path]
        if isinstance(texts, FutureTensor):
            return come_in(texts, node.path)
        if len(texts) != prod(site.shape):
            raise LoweringError(f"`{node.path}` has the shape {list(site.shape)}, and {len(texts)} texts are given")
        context = current_context()
        return ft_make_forwarded(context.home, site.shape, [context.redactor(text) for text in texts], name=node.path)

    def _index(self, node: Node, items: Sequence[IndexItem], source: Any, site: Site) -> FutureTensor:
        try:
            result: FutureTensor = index(source, items, site=site)
        except IndexError as error:
            raise LoweringError(f"`{node.path}`: {error}") from None
        if tuple(result.ft_capacity_shape) != site.shape:
            raise LoweringError(
                f"`{node.path}` has the shape {list(result.ft_capacity_shape)} at these sizes, and is written as "
                f"{list(site.shape or ())}"
            )
        return result

    def _text(self, node: Node, parts: Sequence[TextPart], inputs: Sequence[Any], site: Site) -> FutureTensor:
        filled = [self._part(part) for part in parts]
        if inputs:
            return lift(template, inputs, {"parts": tuple(filled)}, site)
        assert site.shape is not None
        context = current_context()
        text = context.redactor("".join(map(str, filled)))
        return ft_make_forwarded(context.home, site.shape, [text] * prod(site.shape), name=node.path)

    def _part(self, part: TextPart) -> str | int:
        """A part as the operation has it: a text, or the number of the input that fills it."""
        match part:
            case InputHole(position=position):
                return position
            case OptionReference():
                return shown_literal(self._option(part))
            case DimensionHole(dimension=dimension):
                return str(self.shape((dimension,))[0])
            case _:
                return part

    def _argument(self, argument: Argument) -> torch.Tensor | None:
        match argument:
            case NodeArgument(path=path):
                return self.seen[path]
            case TableArgument(key=key):
                return self.binding.tables[key]
            case ConstantArgument(texts=texts, shape=symbolic):
                shape = self.shape(symbolic)
                count = prod(shape)
                values = [texts] * count if isinstance(texts, str) else [*texts] * (count // len(texts))
                return ft_make_forwarded(current_context().home, shape, values)
            case _:
                return None

    def _option(self, value: Any) -> Any:
        if isinstance(value, OptionReference):
            return self.binding.options[value.name]
        return list(self.shape(value)) if isinstance(value, tuple) else value

    def shape(self, shape: Shape) -> tuple[int, ...]:
        """The shape with its names replaced by the sizes of this run."""
        return tuple(d if isinstance(d, int) else self.binding.dimensions[d] for d in shape)


def gives_of_its_own(node: Node) -> bool:
    """Whether the type of a result is declared or annotated, and not that of an input."""
    if not isinstance(node.what, Call):
        return False
    signature = node.what.signature
    return signature.result.kind != "variable" or signature.is_of_any_type


def _element(reply: StubText | StubFailure, kind: Type) -> Element:
    if isinstance(reply, StubText):
        return canonical(reply.text, kind), Status.confidence(1.0)
    return "", Status.failed_because(reply.cause)
