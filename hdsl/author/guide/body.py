"""The statements that may stand next in a body, and what one that was written does."""

import re
from collections.abc import Mapping
from dataclasses import replace

from hdsl.author.guide.calls import Offers, of_kind
from hdsl.author.guide.effects import FILES, Effects, touches
from hdsl.author.guide.ending import Ending
from hdsl.author.guide.going import Going
from hdsl.author.guide.rules import Rules, quoted
from hdsl.author.guide.scope import SESSION, Scope, Value, names_in
from hdsl.graph.shapes import Shape, shown_shape
from hdsl.graph.signature import Signature
from hdsl.graph.types import BUILT_IN, TEXT, Type

_ROOM = 2
"""How many more nodes a statement can make necessary."""
_MOST_STEPS = 6
"""How many nodes one sequence has at most."""

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
                Ending(self.scope, self.callables, rules).offer(offers)
        else:
            Going(self.scope, self.callables, rules).offer(offers)
        if offers:
            name = rules.pattern("[a-z][a-z0-9_]{1,14}", self.taken)
            options = [f"{_annotation(kind, shape)} {rules.either(found)}" for (kind, shape), found in offers.items()]
            starts.append(f'{name} ": " {rules.either(options)} "\\n "')
        return rules.grammar([f'" " {rules.either(starts)}'])

    def _sequence(self, rules: Rules, offers: Offers, *, must_end: bool) -> None:
        """What has to follow nodes that touch one thing: the sequence of them, or one more."""
        pending = self.scope.pending
        shape = self.scope.values[pending[-1]].shape
        for name, _ in of_kind(self.callables, "sequence"):
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


def _annotation(kind: Type, shape: Shape) -> str:
    return quoted(f"{kind.name}{shown_shape(shape)} = ")
