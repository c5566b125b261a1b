"""A text that edits are drawn into: what its names stand for, and the changes so far. Comments are never lost."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count

from hdsl.check.fixes import quoted
from hdsl.check.library import library
from hdsl.check.project import PRELUDE
from hdsl.evolve.opened import Opened
from hdsl.graph.shapes import Shape, shown_shape
from hdsl.graph.signature import Signature
from hdsl.graph.types import ExperienceOf, Type, shown_type
from hdsl.ground.errors import HdslError
from hdsl.syntax import tree
from hdsl.syntax.format import Unformattable, format_source
from hdsl.syntax.tree import Span

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DoesNotApply(HdslError):  # noqa: N818 - what it says of an edit
    """An edit cannot be made in this text; the message says why."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a name of a body stands for: a node or an input. `written` is the type as the file writes it."""

    name: str
    type: Type
    written: str
    shape: Shape

    def annotation(self, shape: Shape | None = None) -> str:
        """The type with this shape, or its own."""
        return self.written + shown_shape(self.shape if shape is None else shape)


@dataclass(slots=True)
class Draft:
    """An opened text with changes that are drawn but not made."""

    opened: Opened
    _changes: list[tuple[Span, str]] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    # What there is

    @property
    def text(self) -> str:
        """The text as it was."""
        return self.opened.text

    def slice(self, span: Span) -> str:
        """The text of a range."""
        return self.text[span.start : span.end]

    def harness(self, name: str) -> tree.Harness:
        """A harness of the file by its name."""
        found = self.opened.harnesses.get(name)
        if found is None:
            raise DoesNotApply(f"the file has no harness `{name}`")
        return found

    def node(self, harness: str, name: str) -> tree.Node:
        """The statement of a node."""
        for statement in self.harness(harness).body:
            if isinstance(statement, tree.Node) and statement.name.text == name:
                return statement
        raise DoesNotApply(f"`{harness}` has no node `{name}`")

    def call(self, harness: str, name: str) -> tree.Call:
        """The call that a node is."""
        value = self.node(harness, name).value
        if not isinstance(value, tree.Call):
            raise DoesNotApply(f"`{name}` is not a call")
        return value

    def signature(self, call: tree.Call) -> Signature:
        """What is called: a built-in, an operation of a module, or a harness."""
        found = self.signature_or_none(call)
        if found is None:
            raise DoesNotApply(f"`{call.operation.text}` is given by the caller of the harness")
        return found

    def signature_or_none(self, call: tree.Call) -> Signature | None:
        """The same; None for an operation that the harness is given."""

        module = self.opened.module
        alias, _, name = call.operation.text.rpartition(".")
        if alias:
            used = module.uses.get(alias)
            return None if used is None else used.callables.get(name)
        return module.callables.get(name) or library()[PRELUDE].callables.get(name)

    def inputs(self, call: tree.Call) -> list[tree.Value]:
        """The arguments of a call that are inputs, in order."""
        return [each for each in call.arguments if not isinstance(each, tree.Option)]

    def option(self, call: tree.Call, name: str) -> tree.Option | None:
        """The option of a call of this name."""
        options = (each for each in call.arguments if isinstance(each, tree.Option))
        return next((each for each in options if each.name.text == name), None)

    def value(self, harness: str, name: str) -> Value:
        """What a name of a body stands for."""
        typed = self.opened.module.harnesses[self.harness(harness).name.text]
        for parameter in self.harness(harness).parameters:
            if parameter.name.text == name and isinstance(parameter.type, tree.TypeExpr):
                for wanted in typed.signature.inputs:
                    if wanted.name == name and isinstance(wanted.type, Type):
                        return Value(name, wanted.type, parameter.type.name.text, wanted.shape)
        for node in typed.nodes:
            if node.name == name:
                annotation = self.node(harness, name).annotation
                written = shown_type(node.type) if annotation is None else annotation.name.text
                return Value(name, node.type, written, node.shape)
        raise DoesNotApply(f"`{name}` is neither a node nor a text input of `{harness}`")

    def values(self, harness: str) -> list[Value]:
        """All inputs and nodes of a body that stand for texts, in order."""
        names = [parameter.name.text for parameter in self.harness(harness).parameters]
        names += [each.name.text for each in self.harness(harness).body if isinstance(each, tree.Node)]
        found = []
        for name in names:
            try:
                value = self.value(harness, name)
            except DoesNotApply:
                continue
            if value.type.kind == "text":
                found.append(value)
        return found

    def memory(self, harness: str, name: str) -> tuple[str, ExperienceOf]:
        """The table that a node answers from, by its name in the file, and its type."""
        call = self.call(harness, name)
        for given, wanted in zip(self.inputs(call), self.signature(call).inputs, strict=False):
            if isinstance(wanted.type, ExperienceOf) and isinstance(given, tree.Name):
                return given.text, self._experience(harness, given.text)
        raise DoesNotApply(f"`{name}` answers from no experience")

    def _experience(self, harness: str, name: str) -> ExperienceOf:
        table = self.opened.module.experiences.get(name)
        if table is not None:
            return table.type
        for wanted in self.opened.module.harnesses[harness].signature.inputs:
            if wanted.name == name and isinstance(wanted.type, ExperienceOf):
                return wanted.type
        raise DoesNotApply(f"the experience `{name}` is not declared in this file")

    def references(self, harness: str, name: str) -> list[Span]:
        """Where a body uses a name as a value, its `return` included."""
        return [each.span for each in self._names(self.harness(harness)) if each.text == name]

    def users(self, harness: str, name: str) -> list[str]:
        """The nodes that use a name."""
        found = []
        for statement in self.harness(harness).body:
            if isinstance(statement, tree.Node) and any(each.text == name for each in _names_of(statement.value)):
                found.append(statement.name.text)
        return found

    def is_before(self, harness: str, source: str, node: str) -> bool:
        """Whether a name is defined before a node, and so may be used by it."""
        for statement in self.harness(harness).body:
            if isinstance(statement, tree.Node) and statement.name.text in (source, node):
                return statement.name.text == source != node
        return False

    def is_input(self, harness: str, name: str) -> bool:
        """Whether a name is an input of the harness."""
        return any(parameter.name.text == name for parameter in self.harness(harness).parameters)

    def fresh(self, wanted: str) -> str:
        """A name like this one that stands for nothing in the file."""
        if not self._taken:
            self._taken.update(_NAME.findall(self.text), tree.RESERVED)
        others = (f"{wanted}_{number}" for number in count(2))
        name = next(each for each in chain((wanted,), others) if each not in self._taken)
        self._taken.add(name)
        return name

    def _names(self, harness: tree.Harness) -> Iterator[tree.Name]:
        for statement in harness.body:
            if isinstance(statement, tree.Node):
                yield from _names_of(statement.value)
        if harness.returned is not None:
            yield _head(harness.returned)

    # Changes

    def replace(self, span: Span, text: str) -> None:
        """Writes a text in place of a range; comments in the range that the text does not have are kept before it."""
        lost = [comment for comment in self.comments(span) if comment not in text]
        kept = "".join(f"{comment}\n" for comment in lost)
        self._changes.append((span, kept + text))

    def insert(self, at: int, text: str) -> None:
        """Writes a text between two characters."""
        self._changes.append((Span(at, at), text))

    def remove_statement(self, span: Span) -> None:
        """Takes a statement away; comments above it and in it stay."""
        self.replace(span, "")

    def add_before(self, statement: Span, text: str) -> None:
        """Writes a statement above another, and above the comments that belong to it."""
        at = self.block_start(statement.start)
        self.insert(at, f"{text}\n")

    def add_after(self, statement: Span, text: str) -> None:
        """Writes a statement below another, and below the comment that ends its line."""
        self.insert(self.block_end(statement.end), f"\n{text}\n")

    def add_table(self, harness: str, name: str, key: str, value: str) -> None:
        """Declares an empty experience above a harness."""
        self.add_before(self.harness(harness).span, f"experience {name}: {key} -> {value} = []\n")

    def new_expert(self, harness: str, name: str, source: Value, answer: str, task: str) -> str:
        """The statement of an expert with an empty table; `answer` is its type as the file writes it."""
        table = self.fresh(f"{name}_rows")
        self.add_table(harness, table, source.written, answer)
        options = f", task={quoted(task)}" if task else ""
        return f"{name}: {answer}{shown_shape(source.shape)} = expert({source.name}, {table}{options})"

    def rename_uses(self, harness: str, name: str, other: str, but: Span | None = None) -> int:
        """Uses another name wherever a body uses this one, but in one place; how often."""
        found = [span for span in self.references(harness, name) if but is None or not _within(span, but)]
        for span in found:
            self.replace(span, other)
        return len(found)

    def comments(self, span: Span) -> list[str]:
        """The comments in a range."""
        return [self.slice(each).rstrip() for each in self.opened.source.comments_in(span)]

    def block_start(self, start: int) -> int:
        """Where a statement begins with the comments right above it; the statement itself where it shares its line."""
        source = self.opened.source
        line = source.position(start)[0]
        begin = source.line_starts[line - 1]
        if self.text[begin:start].strip():
            return start
        while line > 1 and source.line(line - 1).lstrip().startswith("#"):
            above = source.line_starts[line - 2]
            if not source.comments_in(Span(above, above + len(source.line(line - 1)))):
                break
            line, begin = line - 1, above
        return begin

    def block_end(self, end: int) -> int:
        """Where the line of a statement ends, with the comment behind it; the statement's end where more follows."""
        source = self.opened.source
        line = source.position(end)[0]
        stop = source.line_starts[line - 1] + len(source.line(line))
        rest = self.text[end:stop].strip()
        return stop if not rest or rest.startswith("#") else end

    def result(self) -> str:
        """The text with all changes, formatted. DoesNotApply where two changes touch the same text."""
        text, last = self.text, len(self.text)
        order = sorted(enumerate(self._changes), key=lambda each: (each[1][0].start, each[1][0].end, each[0]))
        for _, (span, new) in reversed(order):
            if span.end > last:
                raise DoesNotApply("two of its changes touch the same text")
            text = text[: span.start] + new + text[span.end :]
            last = span.start
        try:
            return format_source(text)
        except Unformattable:
            raise DoesNotApply("what it writes does not parse") from None


def _names_of(value: tree.Expression) -> Iterator[tree.Name]:
    """The names that an expression takes as inputs; of a field (`person.name`) what it is a field of."""
    match value:
        case tree.Call(arguments=arguments):
            yield from (_head(each) for each in arguments if isinstance(each, tree.Name))
        case tree.Switch(condition=condition, cases=cases):
            yield _head(condition)
            for case in cases:
                yield from _of_branch(case.branch)
        case tree.Index(source=source):
            yield _head(source)
        case tree.Template():
            yield from _of_branch(value)


def _of_branch(branch: tree.Name | tree.Template) -> Iterator[tree.Name]:
    if isinstance(branch, tree.Template):
        yield from (_head(hole.name) for hole in branch.holes)
    else:
        yield _head(branch)


def _head(name: tree.Name) -> tree.Name:
    head = name.text.partition(".")[0]
    return tree.Name(head, Span(name.span.start, name.span.start + len(head)))


def _within(span: Span, other: Span) -> bool:
    return other.start <= span.start and span.end <= other.end
