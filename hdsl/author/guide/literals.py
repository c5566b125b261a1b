"""Texts of a type as they stand in a file: labels, records as JSON, any words."""

from collections.abc import Iterable

from hdsl.author.guide.rules import Rules, in_quotes, quoted
from hdsl.author.guide.scope import Scope
from hdsl.graph.shapes import Shape
from hdsl.graph.types import Type
from hdsl.structure.structures import Choice, Field, ListOf, Plain, Record, Structure


def text_of(rules: Rules, kind: Type, longest: int = 40) -> str:
    """A rule for a text of a type, in its quotes."""
    structure = kind.structure
    if isinstance(structure, Record):
        return rules.rule(f'"\\"\\"\\"" {_json(rules, structure)} "\\"\\"\\""')
    if not isinstance(structure, Choice):
        return rules.string(longest)
    options: list[str] = []
    for label in structure.labels:
        if label.payload is not None:
            options.append(f'{quoted(chr(34) * 3 + label.text)} {_json(rules, label.payload)} "\\"\\"\\""')
        elif label.text.endswith(":"):
            options.append(f'{quoted(chr(34) + label.text)} {rules.words(longest)} "\\""')
        else:
            options.append(in_quotes(label.text))
    return rules.either(options)


def _json(rules: Rules, structure: Structure) -> str:
    match structure:
        case Record(fields=fields):
            return rules.rule(f'"{{" {_fields(rules, fields)} "}}"')
        case ListOf(item=item):
            found = _json(rules, item)
            return rules.rule(f'"[" [{found} (", " {found}){{0,2}}] "]"')
        case Choice(labels=labels):
            return rules.either(
                quoted(f'"{label.text}x"' if label.text.endswith(":") else f'"{label.text}"') for label in labels
            )
        case Plain(kind="text"):
            return rules.string(25)
        case Plain(kind="int"):
            return rules.pattern("[1-9][0-9]{0,3}")
        case Plain(kind="float"):
            return rules.pattern(r"[1-9]\.[1-9]")
        case _:
            return rules.either(['"true"', '"false"'])


def _fields(rules: Rules, fields: tuple[Field, ...]) -> str:
    """Fields in their order: those that may be absent are left out, or not, but for the first."""
    parts: list[str] = []
    for i, each in enumerate(fields):
        comma = ", " if i else ""
        written = f"{quoted(f'{comma}{chr(34)}{each.name}{chr(34)}: ')} {_json(rules, each.structure)}"
        parts.append(f"[{written}]" if each.optional and i else written)
    return " ".join(parts)


def text_with_holes(scope: Scope, rules: Rules, shape: Shape, *, must: Iterable[str] | None = None) -> str:
    """A rule for a text with holes: with each of `must`, or with any that fit."""
    words = rules.words(40)
    if must is not None:
        parts = " ".join(f"[{words}] {quoted('{' + each + '}')}" for each in must)
        return rules.rule(f'"\\"" {parts} [{words}] "\\""')
    texts = [each.text for each in scope.operands(shape) if not scope.touches(each.value)]
    holes = [*texts, *scope.options]
    if not holes:
        return rules.string()
    hole = rules.either(quoted("{" + each + "}") for each in holes)
    return rules.rule(f'"\\"" {words} ({hole} [{words}]){{0,3}} "\\""')
