"""The statements that may stand next in a body, and what one that was written does."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from hdsl.author.guide.calls import Calls, Offers, named
from hdsl.author.guide.effects import FILES, Effects, touches
from hdsl.author.guide.rules import Rules, in_quotes, quoted
from hdsl.author.guide.scope import SESSION, Scope, Value, names_in
from hdsl.graph.shapes import Shape, shown_shape
from hdsl.graph.signature import Signature
from hdsl.graph.types import BUILT_IN, TEXT, Type

SIZES = (2, 3, 4, 5, 8)
"""The sizes of dimensions that a body adds."""
_ROOM = 2
_MOST_STEPS = 6
"""How many more nodes a statement can make necessary."""

_STATEMENT = re.compile(r" (\w+): ([\w.]+)\[([^\]]*)\] = (.*)\n ", re.DOTALL)
_CALLED = re.compile(r"([\w.]+)\(")
_RETRIES = re.compile(r", retries=(\d+)")


class Body:
    """Says what may stand next, and notes what does."""

    def __init__(self, scope: Scope, callables: Mapping[str, Signature], taken: set[str]) -> None:
        self.scope = scope
        self.callables = callables
        self.taken = taken

    def grammar(self) -> str:
        """The grammar of the next statement, or of the end of the body."""
        rules = Rules()
        returned = self.scope.returned()
        must_end = self.scope.left - 1 - _ROOM < self.scope.need()
        starts = [] if returned is None else [quoted(f"return {returned}\n}}\n")]
        offers: Offers = {}
        if self.scope.pending:
            self._sequence(rules, offers, must_end=must_end)
        elif must_end:
            if returned is None:
                _Ending(self, rules).offer(offers)
        else:
            _Going(self, rules).offer(offers)
        if offers:
            name = rules.pattern("[a-z][a-z0-9_]{1,14}", self.taken)
            options = [f"{_annotation(kind, shape)} {rules.either(found)}" for (kind, shape), found in offers.items()]
            starts.append(f'{name} ": " {rules.either(options)} "\\n "')
        return rules.grammar([f'" " {rules.either(starts)}'])

    def _sequence(self, rules: Rules, offers: Offers, *, must_end: bool) -> None:
        """What has to follow nodes that touch one thing: the sequence of them, or one more."""
        pending = self.scope.pending
        shape = self.scope.values[pending[-1]].shape
        for name, _ in self.of_kind("sequence"):
            offers[TEXT, shape] = [quoted(f"{name}({', '.join(pending)})")]
        if not must_end and len(pending) < _MOST_STEPS:
            for name, signature in self.callables.items():
                if touches(signature):
                    Effects(self.scope, rules).offer(name, signature, offers, [shape])

    def take(self, text: str) -> None:
        """Notes a statement."""
        match = _STATEMENT.fullmatch(text)
        assert match is not None, text
        name, kind, dims, expression = match.groups()
        shape = tuple(int(each) if each.isdigit() else each for each in dims.split(", ") if each)
        called = _CALLED.match(expression)
        signature = self.callables.get(called[1]) if called is not None else None
        scope, used = self.scope, names_in(expression)
        asks = signature is not None and signature.has_effect("llm")
        if asks:
            retries = _RETRIES.search(expression)
            scope.calls_left -= scope.calls(shape) * (1 + int(retries[1] if retries else 0))
        validates = signature is not None and signature.has_effect("fails")
        given = [scope.values[each] for each in used if each in scope.values]
        value = Value(name, self._type(kind), shape, asks=asks, validates=validates)
        if signature is not None and touches(signature):
            value = self._touching(value, signature, given)
        scope.take(value, used)
        if signature is not None and signature.kind == "sequence":
            scope.pending.clear()
        self.taken.add(name)
        if signature is not None and signature.meaning.takes_turns:
            self._close(signature, given, shape)

    def _touching(self, value: Value, signature: Signature, given: list[Value]) -> Value:
        """A node that touches the world; if nothing orders it, a step of the sequence that follows."""
        scope, effects = self.scope, Effects(self.scope, Rules())
        session = next((each for each in given if each.type.kind == SESSION), None)
        thing = FILES if session is None else effects.thing_of(session)
        writes = signature.has_effect("write")
        before = effects.conflicts(thing, writes=writes)
        if scope.pending or not before <= scope.behind(given):
            step = effects.step_before(before, value.shape)
            assert step is not None
            scope.pending[:] = [*(scope.pending or [step]), value.name]
        return replace(value, thing=thing, writes=writes)

    def _close(self, signature: Signature, given: list[Value], shape: Shape) -> None:
        """After a loop, its turns may be used no more."""
        scope = self.scope
        bodies = [each for each in given if each.shape[:-1] == shape] or [each for each in given if each.shape == shape]
        for body in bodies:
            for name in body.behind:
                value = scope.values[name]
                if value.shape == body.shape:
                    scope.closed.add(name)

    def _type(self, name: str) -> Type:
        return next((each for each in self.scope.types if each.name == name), BUILT_IN.get(name, TEXT))

    # What both ways to go on have in common

    def text_of(self, rules: Rules, shape: Shape, *, must: list[str] | None = None) -> str:
        """A text with holes: with each of `must`, or with any that fit."""
        words = rules.words(40)
        if must is not None:
            parts = " ".join(f"[{words}] {quoted('{' + each + '}')}" for each in must)
            return rules.rule(f'"\\"" {parts} [{words}] "\\""')
        texts = [each.text for each in self.scope.operands(shape) if not self.scope.touches(each.value)]
        holes = [*texts, *self.scope.options]
        hole = rules.either(quoted("{" + each + "}") for each in holes) if holes else ""
        return rules.rule(f'"\\"" {words} ({hole} [{words}]){{0,3}} "\\""') if hole else rules.string()

    def of_kind(self, kind: str) -> Iterator[tuple[str, Signature]]:
        """The operations of a kind."""
        return ((name, each) for name, each in self.callables.items() if each.kind == kind)


class _Going:
    """All that may stand next."""

    def __init__(self, body: Body, rules: Rules) -> None:
        self.body, self.scope, self.rules = body, body.scope, rules
        self.calls = Calls(body.scope, rules)

    def offer(self, offers: Offers) -> None:
        """Collects it by type and shape."""
        makers: Mapping[str, Callable[[str, Signature, Offers], None]] = {
            "elementwise": self._elementwise,
            "unwrap": self._unwrap,
            "repeat": self._repeat,
            "stack": self._stack,
            "gather": self._gather,
            "alternatives": self._alternatives,
            "outcome": self._elementwise,
            "ensure": self._ensure,
            "loop": self._loop,
            "successive": self._successive,
        }
        for name, signature in self.body.callables.items():
            maker = makers.get(signature.kind)
            if maker is not None:
                maker(name, signature, offers)
        for shape in self.scope.shapes():
            offers.setdefault((TEXT, shape), []).append(self.body.text_of(self.rules, shape))
            self._switch(shape, offers)
        self._index(offers)

    def _elementwise(self, name: str, signature: Signature, offers: Offers) -> None:
        if touches(signature):
            Effects(self.scope, self.rules).offer(name, signature, offers)
            return
        for shape in self.scope.shapes():
            if len(signature.shape) == 2:
                self._split(name, signature, shape, offers)
            else:
                self.calls.elementwise(name, signature, shape, offers)

    def _split(self, name: str, signature: Signature, shape: Shape, offers: Offers) -> None:
        """An operation that gives a list of elements for each."""
        if shape != self.scope.base:
            return
        operands = named(self.scope.operands(shape))
        options = self.calls.options(signature, shape)
        for size in SIZES:
            call = f'{quoted(name + "(")} {self.rules.either(operands)} {options} ")"'
            offers.setdefault((TEXT, (*shape, size)), []).append(call)

    def _unwrap(self, name: str, signature: Signature, offers: Offers) -> None:
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

    def _repeat(self, name: str, signature: Signature, offers: Offers) -> None:
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

    def _stack(self, name: str, signature: Signature, offers: Offers) -> None:
        base = self.scope.base
        for kind in self.scope.kinds(base):
            names = [each for each in self.scope.operands(base) if each.type == kind]
            given = self.rules.either(named(names))
            for size in (2, 3):
                more = " ".join(f'", " {given}' for _ in range(size - 1))
                offers.setdefault((kind, (size, *base)), []).append(f'{quoted(name + "(")} {given} {more} ")"')

    def _gather(self, name: str, signature: Signature, offers: Offers) -> None:
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

    def _alternatives(self, name: str, signature: Signature, offers: Offers) -> None:
        for shape in self.scope.shapes():
            operands = [each for each in self.scope.operands(shape) if not self.scope.touches(each.value)]
            for kind in dict.fromkeys(each.type for each in operands if each.type in self.scope.kinds(shape)):
                given = self.rules.either(named(each for each in operands if each.type == kind))
                last = self.rules.either([given, self.rules.string(30)]) if kind == TEXT else given
                call = f'{quoted(name + "(")} {given} ", " {last} ")"'
                offers.setdefault((kind, shape), []).append(call)

    def _ensure(self, name: str, signature: Signature, offers: Offers) -> None:
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

    def _loop(self, name: str, signature: Signature, offers: Offers) -> None:
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

    def _successive(self, name: str, signature: Signature, offers: Offers) -> None:
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
        text = self.body.text_of(self.rules, shape)
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


class _Ending:
    """What brings a body nearer to its end."""

    def __init__(self, body: Body, rules: Rules) -> None:
        self.body, self.scope, self.rules = body, body.scope, rules
        self.calls = Calls(body.scope, rules)
        self.going = _Going(body, rules)

    def offer(self, offers: Offers) -> None:
        """Collects the next step alone."""
        scope = self.scope
        for session in scope.loose():
            if session.type.kind == SESSION:
                self._look(session, offers)
                return
        for turn in scope.loose_turns():
            self._begin(turn, offers)
            return
        for turn in scope.turns:
            if any(scope.loop_of(each.shape) == turn for each in scope.loose()):
                self._loop(turn, offers)
                return
        for value in scope.loose():
            if value.shape != scope.base:
                self._inner(value, offers)
                return
        self._conclude(offers)

    def _look(self, session: Value, offers: Offers) -> None:
        """A look at a session that nothing uses."""
        for name, signature in self.body.callables.items():
            if {each.name for each in signature.effects} == {"read"} and len(signature.inputs) == 1:
                Effects(self.scope, self.rules).offer(name, signature, offers, [session.shape])

    def _begin(self, turn: str, offers: Offers) -> None:
        base = self.scope.base
        loose = [each for each in self.scope.loose() if each.shape == base and each.type.kind == "text"]
        given = loose or [each for each in self.scope.open_values() if each.shape == base and each.type.kind == "text"]
        for name, _ in self.body.of_kind("repeat"):
            shape = (*base, turn)
            for value in given:
                call = quoted(f"{name}({value.name}, to={shown_shape(shape)})")
                offers.setdefault((value.type, shape), []).append(call)

    def _loop(self, turn: str, offers: Offers) -> None:
        scope = self.scope
        loose = [each for each in scope.loose() if scope.loop_of(each.shape) == turn]
        shape = loose[0].shape
        if loop_end(scope, turn) is not None:
            for name, signature in self.body.of_kind("loop"):
                self.going._loop(name, signature, offers)
            return
        if len(loose) > 1:
            offers[TEXT, shape] = [self.body.text_of(self.rules, shape, must=[each.name for each in loose])]
            return
        inner = [scope.values[name] for name in loose[0].behind if scope.loop_of(scope.values[name].shape)]
        wanted = "fails" if any(each.asks or each.thing for each in inner) else "llm"
        self._one(wanted, loose[0], TEXT, offers)

    def _one(self, effect: str, value: Value, kind: Type, offers: Offers) -> None:
        """The operations with an effect, over one value alone."""
        for name, signature in self.body.callables.items():
            effects = {each.name for each in signature.effects}
            if (
                effects == {effect}
                and len(signature.inputs) == 1
                and (signature.is_of_any_type or kind == TEXT == signature.result)
            ):
                options = self.calls.options(signature, value.shape)
                offers.setdefault((kind, value.shape), []).append(f'{quoted(f"{name}({value.name}")} {options} ")"')

    def _inner(self, value: Value, offers: Offers) -> None:
        scope = self.scope
        for item in index_items(scope, value):
            offers.setdefault((value.type, scope.base), []).append(quoted(f"{value.name}[{item}]"))
        if value.shape[:-1] == scope.base:
            for name, signature in self.body.of_kind("gather"):
                result = TEXT if signature.result.kind == "text" else value.type
                options = self.calls.options(signature, value.shape)
                offers.setdefault((result, scope.base), []).append(f'{quoted(f"{name}({value.name}")} {options} ")"')

    def _conclude(self, offers: Offers) -> None:
        scope = self.scope
        loose = scope.loose()
        if scope.result != TEXT and len(loose) == 1 and not scope.loose_options():
            self._one("llm", loose[0], scope.result, offers)
            return
        if loose or scope.loose_options():
            must = [*(each.name for each in loose), *scope.loose_options()]
            offers[TEXT, scope.base] = [self.body.text_of(self.rules, scope.base, must=must)]


def _annotation(kind: Type, shape: Shape) -> str:
    return quoted(f"{kind.name}{shown_shape(shape)} = ")
