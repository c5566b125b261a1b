"""The calls that may stand in a body now: of each operation, the inputs that fit and the options it has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from hdsl.author.guide.rules import Rules, in_quotes, quoted
from hdsl.author.guide.scope import SESSION, Operand, Scope, Value
from hdsl.graph.shapes import Shape, is_pack
from hdsl.graph.signature import Input, OptionParameter, Signature
from hdsl.graph.types import ExperienceOf, Type, is_usable

Offers = dict[tuple[Type, Shape], list[str]]
"""Expressions by the type and the shape of what they give."""

PATTERN = "pattern"
_LONGEST_OPTION = 100
_LEFT_OUT = frozenset({"model", "alone", "folder", "tools", "calls"})
"""Options that are about where a harness runs, and not about what it does."""


class Calls:
    """Writes the calls of operations whose elements are made of the elements of their inputs."""

    def __init__(self, scope: Scope, rules: Rules) -> None:
        self.scope = scope
        self.rules = rules

    def elementwise(self, name: str, signature: Signature, shape: Shape, offers: Offers) -> None:
        """The calls of an operation over inputs of one shape."""
        tensors = [each for each in signature.inputs if not isinstance(each.type, ExperienceOf)]
        if not tensors or any(len(each.shape) != 1 or not is_pack(each.shape[0]) for each in tensors):
            return
        if len(signature.shape) != 1 or signature.result.kind not in ("text", "variable"):
            return
        cost = self.cost(signature, shape)
        if cost > self.scope.calls_left:
            return
        options = self.options(signature, shape)
        for bound in self._bindings(signature, shape):
            inputs = self._inputs(signature, shape, bound)
            for kind in self._results(signature, bound):
                if inputs is not None:
                    offers.setdefault((kind, shape), []).append(f'{quoted(name + "(")} {inputs} {options} ")"')

    def cost(self, signature: Signature, shape: Shape) -> int:
        """The model calls of a node."""
        return self.scope.calls(shape) if signature.has_effect("llm") else 0

    def _bindings(self, signature: Signature, shape: Shape) -> Iterator[Mapping[str, Type | str]]:
        """What the type variables of the inputs may be, and the table."""
        table = next((each for each in signature.inputs if isinstance(each.type, ExperienceOf)), None)
        if table is not None:
            assert isinstance(table.type, ExperienceOf)
            for each in self.scope.tables:
                yield {table.type.key.name: each.type.key, table.type.value.name: each.type.value, "": each.name}
            return
        kinds = [each.type for each in signature.inputs]
        names = {each.name for each in kinds if isinstance(each, Type) and each.kind == "variable"}
        if not names:
            yield {}
            return
        for chosen in product(self.scope.kinds(shape), repeat=len(names)):
            yield dict(zip(sorted(names), chosen, strict=True))

    def _results(self, signature: Signature, bound: Mapping[str, Type | str]) -> Iterable[Type]:
        if signature.result.kind != "variable":
            return [signature.result]
        found = bound.get(signature.result.name)
        return [found] if isinstance(found, Type) else self.scope.types

    def _inputs(self, signature: Signature, shape: Shape, bound: Mapping[str, Type | str]) -> str | None:
        """The inputs of a call, at least one of them a name; None where there is none for one of them."""
        columns: list[tuple[list[str], list[str]]] = []
        for wanted in signature.inputs:
            if isinstance(wanted.type, ExperienceOf):
                columns.append(([], [quoted(str(bound[""]))]))
                continue
            kind = bound.get(wanted.type.name, wanted.type) if wanted.type.kind == "variable" else wanted.type
            assert isinstance(kind, Type)
            is_exact = _is_variable(wanted.type) and "" not in bound
            names = [quoted(each) for each in self._named(kind, shape, is_exact=is_exact)]
            columns.append((names, self._constants(kind, signature)))
        ways = list(dict.fromkeys(self._ways(signature.inputs, columns)))
        return self.rules.either(ways) if ways else None

    def _ways(self, inputs: Sequence[Input], columns: Sequence[tuple[list[str], list[str]]]) -> Iterator[str]:
        """Ways to write the inputs: all of them names, or one of them a constant."""
        tensors = [i for i, each in enumerate(inputs) if not isinstance(each.type, ExperienceOf)]
        for constant in (None, *tensors):
            others = [inputs[i].type for i in tensors if i != constant]
            if constant is not None:
                kind = inputs[constant].type
                if not others or (_is_variable(kind) and kind not in others):
                    continue  # nothing says which shape, or which type, the constant has
            parts: list[str] = []
            for i, (names, constants) in enumerate(columns):
                found = constants if i == constant or not _is_tensor(inputs[i]) else names
                if not found:
                    break
                part = self.rules.either(found)
                comma = '", " ' if parts else ""
                parts.append(f"[{comma}{part}]" if inputs[i].optional and parts else f"{comma}{part}")
                if inputs[i].repeated:
                    parts.append(f'(", " {part})*')
            else:
                yield " ".join(parts)

    def _named(self, kind: Type, shape: Shape, *, is_exact: bool) -> Iterator[str]:
        if kind.kind == SESSION:
            yield from (each.name for each in self.sessions(shape))
            return
        for each in self.scope.operands(shape):
            if each.type == kind or (not is_exact and is_usable(each.type, kind)):
                yield each.text

    def sessions(self, shape: Shape) -> list[Value]:
        """The sessions of a shape."""
        return [each for each in self.scope.open_values() if each.type.kind == SESSION and each.shape == shape]

    def _constants(self, kind: Type, signature: Signature) -> list[str]:
        if kind.kind != "text" or kind.form is not None:
            return []
        if kind.labels is None:
            return [self.rules.string(30)]
        return [in_quotes(each) for each in kind.label_texts if not each.endswith(":")]

    def options(self, signature: Signature, shape: Shape) -> str:
        """The options of a call: those that it needs, and perhaps others."""
        parts: list[str] = []
        for option in signature.options:
            literal = self._literal(option)
            if option.required and literal:
                parts.append(f"{quoted(f', {option.name}=')} {literal}")
            elif literal and option.name not in _LEFT_OUT:
                parts.append(f"[{quoted(f', {option.name}=')} {literal}]")
        if signature.has_effect("llm") and not signature.has_effect("write"):
            number = self.rules.pattern(r"0\.[1-9]")
            parts.append(f'[", temperature=" {number}]')
        return " ".join(parts)

    def _literal(self, option: OptionParameter) -> str:
        if option.kind == "str" and option.name == PATTERN:
            return self.rules.rule(rf'"\"" {self.rules.pattern("[A-Za-z0-9 ]{1,20}")} "\""')
        if option.kind == "str":
            return self.rules.string(_LONGEST_OPTION)
        if option.kind == "int":
            return self.rules.pattern("[1-9]")
        if option.kind == "float":
            return self.rules.pattern(r"[1-9]\.[05]")
        return self.rules.either(['"true"', '"false"']) if option.kind == "bool" else ""


def named(operands: Iterable[Operand]) -> list[str]:
    """Operands as literals of the grammar."""
    return [quoted(each.text) for each in operands]


def _is_variable(kind: Type | ExperienceOf) -> bool:
    return isinstance(kind, Type) and kind.kind == "variable"


def _is_tensor(wanted: Input) -> bool:
    return not isinstance(wanted.type, ExperienceOf)


def of_kind(callables: Mapping[str, Signature], kind: str) -> Iterator[tuple[str, Signature]]:
    """The operations of a kind."""
    return ((name, each) for name, each in callables.items() if each.kind == kind)
