"""All that may stand next in a body, as long as there is room."""

from collections.abc import Callable, Mapping

from hdsl.author.guide.calls import Calls, Offers, named
from hdsl.author.guide.effects import Effects, touches
from hdsl.author.guide.literals import text_with_holes
from hdsl.author.guide.rules import Rules, in_quotes, quoted
from hdsl.author.guide.scope import SESSION, Scope, Value
from hdsl.graph.shapes import Shape, shown_shape
from hdsl.graph.signature import Signature
from hdsl.graph.types import TEXT

Maker = Callable[[str, Signature, Offers], None]
"""Offers the calls of an operation of one kind."""

SIZES = (2, 3, 4, 5, 8)
"""The sizes of dimensions that a body adds."""


class Going:
    """Collects it, by type and shape."""

    def __init__(self, scope: Scope, callables: Mapping[str, Signature], rules: Rules) -> None:
        self.scope, self.callables, self.rules = scope, callables, rules
        self.calls = Calls(scope, rules)

    def offer(self, offers: Offers) -> None:
        """All calls, texts, switches and indices."""
        for name, signature in self.callables.items():
            maker: Maker | None = getattr(self, f"of_{signature.kind}", None)
            if maker is not None:
                maker(name, signature, offers)
        for shape in self.scope.shapes():
            offers.setdefault((TEXT, shape), []).append(text_with_holes(self.scope, self.rules, shape))
            self._switch(shape, offers)
        self._index(offers)

    def of_elementwise(self, name: str, signature: Signature, offers: Offers) -> None:
        if touches(signature):
            Effects(self.scope, self.rules).offer(name, signature, offers)
            return
        for shape in self.scope.shapes():
            if len(signature.shape) == 2:
                self._split(name, signature, shape, offers)
            else:
                self.calls.elementwise(name, signature, shape, offers)

    of_outcome = of_elementwise

    def _split(self, name: str, signature: Signature, shape: Shape, offers: Offers) -> None:
        """An operation that gives a list of elements for each."""
        if shape != self.scope.base:
            return
        operands = named(self.scope.operands(shape))
        options = self.calls.options(signature, shape)
        for size in SIZES:
            call = f'{quoted(name + "(")} {self.rules.either(operands)} {options} ")"'
            offers.setdefault((TEXT, (*shape, size)), []).append(call)

    def of_unwrap(self, name: str, signature: Signature, offers: Offers) -> None:
        for shape in self.scope.shapes():
            for each in self.scope.operands(shape):
                carriers = [label for label in each.type.label_texts if label.endswith(":")]
                records = {each.type.payload_of(label) for label in carriers}
                call = f"{quoted(f'{name}({each.text})')}"
                if not carriers:
                    continue
                for record in records:
                    kinds = [kind for kind in self.scope.types if record is not None and kind.form == record]
                    for kind in kinds if record is not None else [TEXT]:
                        offers.setdefault((kind, shape), []).append(call)

    def of_repeat(self, name: str, signature: Signature, offers: Offers) -> None:
        base = self.scope.base
        for kind in self.scope.kinds(base):
            names = [
                each for each in self.scope.operands(base) if each.type == kind and not self.scope.touches(each.value)
            ]
            if names:
                sizes: list[int | str] = [*SIZES, *self._open_turns()]
                for size in sizes:
                    offers.setdefault((kind, (*base, size)), []).append(
                        self._repeated(name, named(names), (*base, size))
                    )
        for session in self.calls.sessions(base):
            if not any(session.name in each.behind for each in self.scope.values.values() if each.name != session.name):
                for turn in self._open_turns():
                    shape = (*base, turn)
                    offers.setdefault((session.type, shape), []).append(
                        self._repeated(name, [quoted(session.name)], shape)
                    )

    def _repeated(self, name: str, given: list[str], shape: Shape) -> str:
        return f"{quoted(name + '(')} {self.rules.either(given)} {quoted(f', to={shown_shape(shape)})')}"

    def _open_turns(self) -> list[str]:
        """The turns that have not ended."""
        ended = {value.shape[-1] for value in self.scope.values.values() if value.name in self.scope.closed}
        return [name for name in self.scope.turns if name not in ended]

    def of_stack(self, name: str, signature: Signature, offers: Offers) -> None:
        base = self.scope.base
        for kind in self.scope.kinds(base):
            names = [each for each in self.scope.operands(base) if each.type == kind]
            given = self.rules.either(named(names))
            for size in (2, 3):
                more = " ".join(f'", " {given}' for _ in range(size - 1))
                offers.setdefault((kind, (size, *base)), []).append(f'{quoted(name + "(")} {given} {more} ")"')

    def of_gather(self, name: str, signature: Signature, offers: Offers) -> None:
        for shape in self._added():
            for kind in self.scope.kinds(shape):
                names = named(each for each in self.scope.operands(shape) if each.type == kind)
                result = TEXT if signature.result.kind == "text" else kind
                options = self.calls.options(signature, shape)
                call = f'{quoted(name + "(")} {self.rules.either(names)} {options} ")"'
                offers.setdefault((result, shape[:-1]), []).append(call)

    def _added(self) -> list[Shape]:
        """The shapes with a last dimension that the body has added, turns of loops excepted."""
        base = self.scope.base
        return [
            each for each in self.scope.shapes() if each[:-1] == base and not self.scope.loop_of(each) and each != base
        ]

    def of_alternatives(self, name: str, signature: Signature, offers: Offers) -> None:
        for shape in self.scope.shapes():
            operands = [each for each in self.scope.operands(shape) if not self.scope.touches(each.value)]
            for kind in dict.fromkeys(each.type for each in operands if each.type in self.scope.kinds(shape)):
                given = self.rules.either(named(each for each in operands if each.type == kind))
                last = self.rules.either([given, self.rules.string(30)]) if kind == TEXT else given
                call = f'{quoted(name + "(")} {given} ", " {last} ")"'
                offers.setdefault((kind, shape), []).append(call)

    def of_ensure(self, name: str, signature: Signature, offers: Offers) -> None:
        """What is done in any case asks no model and does not need the other, nor that it."""
        scope = self.scope
        operands = [each for each in scope.operands(scope.base) if not scope.touches(each.value)]
        for then in operands:
            if any(scope.values[each].asks for each in then.value.behind):
                continue
            firsts = [
                each
                for each in operands
                if each.type in scope.kinds(scope.base)
                and each.value.name not in then.value.behind
                and then.value.name not in each.value.behind
            ]
            for kind in dict.fromkeys(each.type for each in firsts):
                given = self.rules.either(named(each for each in firsts if each.type == kind))
                call = f"{quoted(name + '(')} {given} {quoted(f', {then.text})')}"
                offers.setdefault((kind, scope.base), []).append(call)

    def of_loop(self, name: str, signature: Signature, offers: Offers) -> None:
        """The end of a loop: of one of its nodes, if all others are behind that."""
        if signature.result.kind != "variable":
            return
        for turn in self.scope.turns:
            last = loop_end(self.scope, turn)
            if last is not None:
                offers.setdefault((last.type, last.shape[:-1]), []).append(
                    f'{quoted(f"{name}({last.name}")} {self._goal(last.shape[:-1])} ")"'
                )

    def _goal(self, shape: Shape) -> str:
        names = [each for each in self.scope.operands(shape) if not self.scope.touches(each.value)]
        return f'[", " {self.rules.either(named(names))}]' if names else ""

    def of_successive(self, name: str, signature: Signature, offers: Offers) -> None:
        for shape in self._added():
            for value in self.scope.open_values():
                if value.shape != shape or value.name not in self.scope.unused or not self._is_own(value):
                    continue
                options = self.calls.options(signature, shape)
                call = f'{quoted(f"{name}({value.name}")} {self._goal(shape[:-1])} {options} ")"'
                offers.setdefault((value.type, shape), []).append(call)

    def _is_own(self, value: Value) -> bool:
        """Whether nothing but a node uses what is behind it along its dimensions."""
        scope = self.scope
        inner = {name for name in value.behind if scope.values[name].shape == value.shape}
        users = (each for each in scope.values.values() if each.name not in inner)
        return not any(each.behind & inner for each in users)

    def _switch(self, shape: Shape, offers: Offers) -> None:
        plain = self.scope.plain(shape)
        text = text_with_holes(self.scope, self.rules, shape)
        branch = self.rules.either([text, *named(plain)])
        for each in self.scope.operands(shape):
            labels = each.type.label_texts
            if not labels or self.scope.touches(each.value):
                continue
            cases = [f'{in_quotes(label)} " => " {branch}' for label in labels]
            ways = [' ", " '.join(cases)]
            if len(labels) > 2:
                ways.append(f'{cases[0]} ", else => " {branch}')
            for way in ways:
                offers.setdefault((TEXT, shape), []).append(f'{quoted(f"switch {each.text} {{ ")} {way} " }}"')

    def _index(self, offers: Offers) -> None:
        base = self.scope.base
        for value in self.scope.open_values():
            if value.type.kind != "text":
                continue
            for item in index_items(self.scope, value):
                offers.setdefault((value.type, base), []).append(quoted(f"{value.name}[{item}]"))


def loop_end(scope: Scope, turn: str) -> Value | None:
    """The node that a loop over these turns may end with now; None if there is none."""
    loose = [each for each in scope.loose() if scope.loop_of(each.shape) == turn]
    if len(loose) != 1 or loose[0].type.kind == SESSION:
        return None
    inner = [scope.values[name] for name in loose[0].behind if scope.loop_of(scope.values[name].shape) == turn]
    is_alive = any(each.asks or each.thing for each in inner)
    return loose[0] if is_alive and any(each.validates for each in inner) else None


def index_items(scope: Scope, value: Value) -> list[str]:
    """The indices that make a value of the base shape of one that has a dimension more."""
    base, shape = scope.base, value.shape
    if len(shape) != len(base) + 1 or scope.loop_of(shape):
        return []
    if isinstance(shape[-1], int) and shape[:-1] == base:
        return [f"..., {i}" for i in range(shape[-1])]
    return [str(i) for i in range(int(shape[0]))] if shape[1:] == base else []
