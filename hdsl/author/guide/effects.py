"""The calls that touch the world: each in an order with all that touched the same thing before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hdsl.author.guide.calls import Calls, Offers
from hdsl.author.guide.rules import Rules, quoted
from hdsl.author.guide.scope import SESSION, Operand, Scope, Value
from hdsl.graph.shapes import Shape
from hdsl.graph.signature import Signature
from hdsl.graph.types import TEXT, Type, is_usable

FILES = "files"
"""The thing that operations touch which take no session."""
_COMMA = ' ", " '
_OF_THE_WORLD = frozenset({"read", "write", "wait"})


def touches(signature: Signature) -> bool:
    """Whether an operation reads, changes or waits for something."""
    return any(effect.name in _OF_THE_WORLD for effect in signature.effects)


@dataclass
class Effects:
    """Offers those calls. What is ordered by need may stand alone; what is not must be a step of the next sequence."""

    scope: Scope
    rules: Rules

    def __post_init__(self) -> None:
        self.calls = Calls(self.scope, self.rules)

    def offer(self, name: str, signature: Signature, offers: Offers, shapes: Sequence[Shape] | None = None) -> None:
        """The calls of an operation at any of some shapes."""
        if signature.result != TEXT or signature.has_effect("llm") or signature.has_effect("open"):
            return
        if any(not isinstance(each.type, Type) or len(each.shape) != 1 or each.repeated for each in signature.inputs):
            return
        has_session = any(each.type == _SESSION_TYPE for each in signature.inputs)
        for shape in self._shapes() if shapes is None else shapes:
            places = self.calls.sessions(shape) if has_session else [None]
            for session in places:
                for call in self._of(name, signature, shape, session):
                    offers.setdefault((TEXT, shape), []).append(call)

    def _shapes(self) -> list[Shape]:
        """Where the world is touched: at the base shape and in the turns of loops."""
        loops = [each for each in self.scope.shapes() if self.scope.loop_of(each)]
        sessions = [each.shape for each in self.scope.open_values() if each.type.kind == SESSION]
        return list(dict.fromkeys([self.scope.base, *loops, *sessions]))

    def _of(self, name: str, signature: Signature, shape: Shape, session: Value | None) -> Iterator[str]:
        scope = self.scope
        thing = FILES if session is None else self.thing_of(session)
        if session is not None and self._is_elsewhere(thing, shape):
            return
        before = self.conflicts(thing, writes=signature.has_effect("write"))
        texts = [each for each in signature.inputs if each.type != _SESSION_TYPE]
        head, tail = quoted(name + "("), "" if session is None else session.name
        options = self.calls.options(signature, shape)
        operands = [each for each in scope.operands(shape) if is_usable(each.type, TEXT)]
        behind = [each for each in operands if before <= each.value.behind and not scope.pending]
        is_batch = any(each != 1 and each not in scope.turns for each in shape)
        shared = session is None and signature.has_effect("write") and is_batch

        def written(columns: list[list[str]]) -> Iterator[str]:
            if all(columns):
                parts = [self.rules.either(column) for column in columns]
                if tail:
                    parts.append(quoted(tail))
                yield f'{head} {_COMMA.join(parts)} {options} ")"'

        def column(i: int, chosen: list[Operand], *, constants: bool) -> list[str]:
            if i == 0 and shared:
                chosen = [each for each in chosen if self._varies(each.value)]
                constants = False
            return [*(quoted(each.text) for each in chosen), *([self.rules.string(25)] if constants else [])]

        # Ordered by need: one of its texts needs all that came before.
        for ordering in range(len(texts)):
            if behind and not scope.pending:
                columns = [
                    column(i, behind if i == ordering else operands, constants=i != ordering) for i in range(len(texts))
                ]
                yield from written(columns)
        if not before and not scope.pending:
            yield from written([column(i, operands, constants=bool(tail or i)) for i in range(len(texts))])
            return
        # Ordered by the sequence that follows.
        step = self.step_before(before, shape)
        if step is None or (signature.has_effect("wait") and self._fails(step)):
            return
        late = {step, *scope.pending}
        early = [each for each in operands if not each.value.behind & late]
        yield from written([column(i, early, constants=bool(tail or i)) for i in range(len(texts))])

    def step_before(self, before: frozenset[str], shape: Shape) -> str | None:
        """The node behind which another step may be put: nothing uses it, and it needs all that came before."""
        scope = self.scope
        if scope.pending:
            needed = scope.behind(scope.values[each] for each in scope.pending)
            is_here = scope.values[scope.pending[-1]].shape == shape
            return scope.pending[-1] if before <= needed and is_here else None
        for value in reversed(scope.loose()):
            if value.shape == shape and value.type == TEXT and before <= value.behind and not value.is_input:
                return value.name
        return None

    def _fails(self, step: str) -> bool:
        return any(self.scope.values[each].validates for each in self.scope.values[step].behind)

    def conflicts(self, thing: str, *, writes: bool) -> frozenset[str]:
        """The nodes that touched a thing, which what touches it now must come after."""
        found = (each for each in self.scope.values.values() if each.thing == thing)
        return frozenset(each.name for each in found if writes or each.writes)

    def thing_of(self, session: Value) -> str:
        """A session by the name of the input that it is, or was repeated from."""
        return next(
            name
            for name in session.behind
            if self.scope.values[name].type.kind == SESSION and self.scope.values[name].is_input
        )

    def _is_elsewhere(self, thing: str, shape: Shape) -> bool:
        """Whether a session is used in a loop now."""
        scope = self.scope
        inner = [
            each
            for each in scope.open_values()
            if each.type.kind == SESSION and thing in each.behind and each.name != thing
        ]
        return any(each.shape != shape for each in inner)

    def _varies(self, value: Value) -> bool:
        """Whether the elements of a value surely differ."""
        return any(self.scope.values[each].is_input for each in value.behind)


_SESSION_TYPE = Type("session", "session")
