"""What brings a body nearer to its end: one step at a time, until one value is left to return."""

from collections.abc import Mapping

from hdsl.author.guide.calls import Calls, Offers, of_kind
from hdsl.author.guide.effects import Effects
from hdsl.author.guide.going import Going, index_items, loop_end
from hdsl.author.guide.literals import text_with_holes
from hdsl.author.guide.rules import Rules, quoted
from hdsl.author.guide.scope import SESSION, Scope, Value
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import Signature
from hdsl.graph.types import TEXT, Type


class Ending:
    """Collects the next step of it."""

    def __init__(self, scope: Scope, callables: Mapping[str, Signature], rules: Rules) -> None:
        self.scope, self.callables, self.rules = scope, callables, rules
        self.calls = Calls(scope, rules)
        self.going = Going(scope, callables, rules)

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
        for name, signature in self.callables.items():
            if {each.name for each in signature.effects} == {"read"} and len(signature.inputs) == 1:
                Effects(self.scope, self.rules).offer(name, signature, offers, [session.shape])

    def _begin(self, turn: str, offers: Offers) -> None:
        base = self.scope.base
        loose = [each for each in self.scope.loose() if each.shape == base and each.type.kind == "text"]
        given = loose or [each for each in self.scope.open_values() if each.shape == base and each.type.kind == "text"]
        for name, _ in of_kind(self.callables, "repeat"):
            shape = (*base, turn)
            for value in given:
                call = quoted(f"{name}({value.name}, to={shown_shape(shape)})")
                offers.setdefault((value.type, shape), []).append(call)

    def _loop(self, turn: str, offers: Offers) -> None:
        scope = self.scope
        loose = [each for each in scope.loose() if scope.loop_of(each.shape) == turn]
        shape = loose[0].shape
        if loop_end(scope, turn) is not None:
            for name, signature in of_kind(self.callables, "loop"):
                self.going.of_loop(name, signature, offers)
            return
        if len(loose) > 1:
            offers[TEXT, shape] = [text_with_holes(scope, self.rules, shape, must=[each.name for each in loose])]
            return
        inner = [scope.values[name] for name in loose[0].behind if scope.loop_of(scope.values[name].shape)]
        wanted = "fails" if any(each.asks or each.thing for each in inner) else "llm"
        self._one(wanted, loose[0], TEXT, offers)

    def _one(self, effect: str, value: Value, kind: Type, offers: Offers) -> None:
        """The operations with an effect, over one value alone."""
        for name, signature in self.callables.items():
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
            for name, signature in of_kind(self.callables, "gather"):
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
            offers[TEXT, scope.base] = [text_with_holes(scope, self.rules, scope.base, must=must)]
