"""Declarations of a file: types, dimensions, experiences and the signatures of operations and harnesses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hdsl.check.diagnostic import Fix, Place, Related
from hdsl.check.dimensions import DIMENSION_HELP
from hdsl.check.files import check_seed_file
from hdsl.check.functions import is_tensor_operation
from hdsl.check.mends import UNSAFE, label_renamed, literal_as, quoted, renamed, written
from hdsl.check.names import RUN_OPTIONS, Definitions, help_with_module, is_of_library
from hdsl.check.report import Report
from hdsl.check.spelling import certain, closest, did_you_mean
from hdsl.entry_points import is_entry
from hdsl.graph import types
from hdsl.graph.shapes import Dimension, Shape
from hdsl.graph.signature import EFFECTS, Effect, Input, OperationOf, OptionParameter, Signature
from hdsl.graph.typed import ExperienceTable, Module
from hdsl.graph.types import DescribedLabels, ExperienceOf, Type
from hdsl.labels import Labels, heads, label_of, listed
from hdsl.meaning.kind import DEFAULT, NOT_SAID, declarable, kind_named, misfit
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


class Declarer:
    """Reads the declarations of one module into it."""

    def __init__(self, report: Report, module: Module, unread: frozenset[str]) -> None:
        self.report = report
        self.module = module
        self.unread = unread
        self._types = Definitions(report, module)
        self._of_uses: list[str] | None = None
        self.values = Definitions(report, module)
        self.callables = Definitions(report, module)

    def declare(self, file: tree.File) -> None:
        """Declares all items; names of types may be used above their declaration."""
        self._foresee(file)
        for item in file.items:
            if isinstance(item, tree.TypeDeclaration) and self._types.define(item.name):
                self.module.types[item.name.text] = self._labels(item)
            elif isinstance(item, tree.DimConstant) and self.values.define(item.name):
                self.module.dims[item.name.text] = self.size(item.value, item.span)
        for item in file.items:
            if isinstance(item, tree.Experience) and self.values.define(item.name):
                self.module.experiences[item.name.text] = self.experience(item)
            elif isinstance(item, tree.Operation | tree.Harness) and self.callables.define(item.name):
                self.module.callables[item.name.text] = self.signature(item)

    def _foresee(self, file: tree.File) -> None:
        """Looks at what is defined twice, which hides the names that were meant."""
        items = file.items
        self._types.foresee(item.name.text for item in items if isinstance(item, tree.TypeDeclaration))
        self.values.foresee(item.name.text for item in items if isinstance(item, tree.DimConstant | tree.Experience))
        self.callables.foresee(item.name.text for item in items if isinstance(item, tree.Operation | tree.Harness))

    # Types

    def _labels(self, item: tree.TypeDeclaration) -> Type:
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
                self.report.add(
                    "ambiguous-labels",
                    self.module.source,
                    label.text.span,
                    label=text,
                    other=kinds[min(alike)],
                    type=item.name.text,
                )
            if text not in places:
                for each in begins:
                    begun.setdefault(each, len(kinds))
                places[text] = len(kinds)
                kinds.append(text)
            if text != text.strip() or not text:
                plain = text.strip()
                fixes = [written(self.module.source, label.text.span, quoted(plain))] if plain else []
                self.report.add("label-blank", self.module.source, label.text.span, fixes=fixes, label=text)
            seen.setdefault(text, label)
        described = ((text, label.description.text if label.description else "") for text, label in seen.items())
        return Type("text", item.name.text, DescribedLabels(described))

    def element_type(self, name: tree.Name, variables: bool = False, option: bool = False) -> Type | None:
        """The type of a tensor's elements; None after reporting that there is no such type.

        Where the type of an option could stand too (`option`), those are suggested as well.
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
        known.update(types.OPTION_KINDS if option else ())
        qualified = [other for other in sorted(known) if other.endswith(f".{name.text}")]
        fixes = renamed(self.module.source, name.span, name.text, known)
        if dot and alias not in self.module.uses:
            help, fixes = help_with_module(self.report, self.module, name)
        elif name.text in types.OPTION_KINDS:
            help = f"`{name.text}` is the type of an option in a signature; a node holds texts: `text[…]`."
            fixes = [] if name.text != "str" else [written(self.module.source, name.span, "text")]
        elif qualified and certain(name.text, known & self.module.types.keys()) is None:
            help = f"Did you mean `{qualified[0]}`?"
            fixes = [written(self.module.source, name.span, qualified[0])] if len(qualified) == 1 else []
        else:
            help = did_you_mean(name.text, known, f'Declare it: `type {name.text} {{ "label": "…" }}`.')
        is_defined_nowhere = not dot and closest(name.text, known) is None
        if not (is_defined_nowhere and self._types.hides(name.text)):
            definition = None if dot else self._misspelt_definition(name.text)
            if definition is not None:
                fixes = [written(self.module.source, definition, name.text)]
            cause = name.text if is_defined_nowhere or definition is not None else None
            self.report.add(
                "unknown-type",
                self.module.source,
                name.span,
                related=[]
                if definition is None
                else [Related("it is declared here", Place(self.module.source, definition))],
                help=help,
                fixes=fixes,
                cause=cause,
                name=name.text,
            )
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
        digits = self.module.source.text.find(str(number), span.start, span.end)
        place = tree.Span(digits, digits + 1)
        fixes = [written(self.module.source, place, "", applicability=UNSAFE, title="Leave out the `-`")]
        self.report.add("negative-dimension", self.module.source, span, fixes=fixes if digits >= 0 else [], size=number)
        return 1

    def experience_of(self, key: tree.TypeExpr, value: tree.TypeExpr, variables: bool = False) -> ExperienceOf:
        """`K -> V`; a side that was reported is unknown."""
        return ExperienceOf(self._side(key, variables), self._side(value, variables))

    def _side(self, side: tree.TypeExpr, variables: bool) -> Type:
        """The type of the keys or the values of an experience, which are texts."""
        resolved = self.element_type(side.name, variables) or types.UNKNOWN
        if side.dims is not None:
            shape = tree.Span(side.name.span.end, side.span.end)
            fixes = [written(self.module.source, shape, "", title="Remove the shape")]
            self.report.add("experience-with-shape", self.module.source, shape, fixes=fixes)
        if resolved.kind in ("text", "variable", "unknown"):
            return resolved
        self.report.add("experience-of-texts", self.module.source, side.span, name=resolved.name)
        return types.UNKNOWN

    # Experiences

    def experience(self, item: tree.Experience) -> ExperienceTable:
        """A table with its seed rows, each of three texts whose value is an answer of the value's type."""
        kind = self.experience_of(item.key, item.value)
        rows: list[tuple[str, str, str]] = []
        load: str | None = None
        if isinstance(item.source, tree.Load):
            load = item.source.path.text
            function = item.source.function
            if function.text != "load":
                fixes = [written(self.module.source, function.span, "load")]
                self.report.add("only-load", self.module.source, function.span, fixes=fixes, name=function.text)
            else:
                check_seed_file(self.report, self.module, item.source.path, kind)
        else:
            for row in item.source.rows:
                if len(row.values) != 3:
                    self.report.add("row-not-of-three", self.module.source, row.span, count=len(row.values))
                    continue
                query, key, value = row.values
                self.check_label(value, kind.value)
                rows.append((query.text, key.text, value.text))
        return ExperienceTable(item.name.text, self.module.path, kind, tuple(rows), load, item.name.span)

    def check_label(self, text: tree.Text, kind: Type) -> bool:
        """Whether a text literal carries a label of the type (any text does where there are none); reports it."""
        if kind.labels is None or label_of(text.text, kind.label_texts) is not None:
            return True
        labels = listed(kind.label_texts)
        known = self.report.likely(text.text, kind.label_texts)
        help = did_you_mean(text.text, known, f"The labels of `{kind.name}` are {labels}.")
        self.report.add(
            "not-a-label",
            self.module.source,
            text.span,
            fixes=label_renamed(self.module.source, text.span, text.text, known),
            help=help,
            expected=labels,
            found=text.text,
            text=text.text[:60],
            type=kind.name,
        )
        return False

    # Signatures

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
            if entry is None and not is_of_library(self.module.path):
                self.report.add("no-entry", self.module.source, item.name.span, name=item.name.text)
            elif entry is not None and item.entry is not None and not is_entry(entry):
                fixes = _entry(self.module.source, item.entry)
                self.report.add("bad-entry", self.module.source, item.entry.span, fixes=fixes, entry=entry)
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
            if name not in declarable():
                kinds = declarable()
                help = did_you_mean(name, kinds, f"The kinds are {', '.join(f'`{each}`' for each in kinds)}.")
                self.report.add(
                    "unknown-kind", source, span, fixes=renamed(source, span, name, kinds), help=help, name=name
                )
                return None
        if any(wanted.type == types.UNKNOWN for wanted in inputs):
            return name
        shapes = [wanted.shape if isinstance(wanted.type, types.Type) else None for wanted in inputs]
        reason = misfit(kind_named(name), shape, shapes)
        if reason:
            fixes = _other_kind(source, item, shape, shapes)
            self.report.add(
                "kind-does-not-fit", source, span, fixes=fixes, name=item.name.text, kind=name, reason=reason
            )
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
                meant = literal_as(default, option_kind)
                self.report.add(
                    "wrong-literal",
                    self.module.source,
                    default.span,
                    fixes=[] if meant is None else [written(self.module.source, default.span, meant)],
                    name=name.text,
                    wanted=LITERALS[option_kind],
                    expected=option_kind,
                )
            value = self.size(literal, default.span) if option_kind == "dim" and isinstance(literal, int) else literal
        return OptionParameter(name.text, option_kind, value, default is None, name.span)

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
            whole = tree.Span(kind.span.end, parameter.default.span.end)
            fixes = [written(self.module.source, whole, "", applicability=UNSAFE, title="Remove the default")]
            self.report.add("default-of-input", self.module.source, parameter.default.span, fixes=fixes, name=name.text)
        return wanted

    def _sized_type(self, expression: tree.TypeExpr, variables: bool) -> Type:
        """The element type of a tensor in a signature, which must have a shape; unknown after reporting."""
        element = self.element_type(expression.name, variables, option=expression.dims is None)
        if element is not None and expression.dims is None:
            span = expression.span
            fixes = [written(self.module.source, tree.Span(span.end, span.end), "[1]", applicability=UNSAFE)]
            self.report.add("missing-shape", self.module.source, span, fixes=fixes, type=expression.name.text)
            return types.UNKNOWN
        return element or types.UNKNOWN

    def _check_place(self, wanted: Input, before: list[Input], is_harness: bool) -> None:
        if not is_harness or wanted.type == types.UNKNOWN:
            return
        source = self.module.source
        if wanted.repeated or wanted.optional:
            self.report.add("only-in-op", source, wanted.span, name=wanted.name)
        is_session = isinstance(wanted.type, Type) and wanted.type.kind == "session"
        last_is_session = bool(before) and isinstance(before[-1].type, Type) and before[-1].type.kind == "session"
        if last_is_session and not is_session:
            self.report.add("session-not-last", source, before[-1].span, name=before[-1].name)
            before[-1] = before[-1]._replace(type=types.UNKNOWN)
        if wanted.name in RUN_OPTIONS:
            self.report.add("option-name-taken", source, wanted.span, name=wanted.name)

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
                help = did_you_mean(
                    effect.name, EFFECTS, "The effects are " + ", ".join(f"!{e}" for e in EFFECTS) + "."
                )
                span = tree.Span(effect.span.start + 1, effect.span.start + 1 + len(effect.name))
                fixes = renamed(self.module.source, span, effect.name, EFFECTS)
                self.report.add(
                    "unknown-effect", self.module.source, effect.span, help=help, fixes=fixes, name=effect.name
                )
                continue
            argument = effect.argument
            if argument is not None and options is not None:
                option = next((option for option in options if option.name == argument.text), None)
                if option is None or option.kind not in ("int", "float", "dim"):
                    numbers = [option.name for option in options if option.kind in ("int", "float", "dim")]
                    fixes = renamed(self.module.source, argument.span, argument.text, numbers)
                    self.report.add(
                        "effect-option",
                        self.module.source,
                        argument.span,
                        fixes=fixes,
                        name=argument.text,
                        effect=effect.name,
                    )
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
                help = did_you_mean(name, known, DIMENSION_HELP)
                fixes = renamed(self.module.source, dim.span, name, known)
                self.report.add("unbound-dimension", self.module.source, dim.span, name=name, help=help, fixes=fixes)
                sound = False
        return sound


LITERALS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "`true` or `false`",
    "dim": "a whole number or a dimension's name",
    "shape": "a list of dimensions: `[1, T]`",
}


def literal_of(value: tree.Value, kind: str) -> str | int | float | bool | None:
    """The value of a literal of this kind, or None where it is another."""
    match kind, value:
        case "str", tree.Text(text=text):
            return text
        case (("int" | "dim"), tree.Number(value=int() as number)):
            return number
        case "float", tree.Number(value=number):
            return float(number)
        case "bool", tree.Name(text="true" | "false" as word):
            return word == "true"
        case _:
            return None


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


def _entry(source: Source, entry: tree.Text) -> list[Fix]:
    """The mend of an entry point with a dot where the colon should be, or with the name of a file before it."""
    module, _, function = entry.text.rpartition(".")
    meant = entry.text.replace(".py:", ":") if ".py:" in entry.text else f"{module}:{function}"
    return [written(source, entry.span, quoted(meant))] if is_entry(meant) else []


def _other_kind(source: Source, item: tree.Operation, shape: Shape, inputs: Sequence[Shape | None]) -> list[Fix]:
    """A kind that fits the dimensions, if the declaration names none: `reduce`, of all elements along a dimension."""
    if item.kind is not None or item.entry is None or misfit(kind_named("reduce"), shape, inputs):
        return []
    end = item.entry.span.end
    return [written(source, Span(end, end), " as reduce", applicability=UNSAFE)]
