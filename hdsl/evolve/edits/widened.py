"""A node that asks, asked several times: along a new last dimension, for loops and for votes."""

from dataclasses import dataclass, replace

from hdsl.evolve.edits.draft import DoesNotApply, Draft, Value
from hdsl.graph.shapes import shown_shape
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Widened:
    """The statement that was widened, what it is asked, and the answers, with the statements that make them."""

    statement: tree.Node
    call: tree.Call
    source: str
    answers: Value
    lines: tuple[str, ...]


def widened(draft: Draft, harness: str, node: str, count: int, word: str) -> Widened:
    """The question of a node, `count` times; `word` is what the names of one of them end with. DoesNotApply."""
    statement, call = draft.node(harness, node), draft.call(harness, node)
    if not draft.signature(call).has_effect("llm") or draft.signature(call).is_harness:
        raise DoesNotApply(f"`{node}` asks nothing")
    given = draft.inputs(call)[0]
    if not isinstance(given, tree.Name):
        raise DoesNotApply(f"`{node}` is asked with a constant")
    source, value = draft.value(harness, given.text), draft.value(harness, node)
    if source.shape != value.shape:
        raise DoesNotApply(f"`{given.text}` has another shape than `{node}`")
    shape = (*value.shape, count)
    wide, asked = draft.fresh(f"{node}_{word}s"), draft.fresh(f"{node}_{word}")
    answers = replace(value, name=asked, shape=shape)
    rest = draft.text[given.span.end : call.span.end]
    lines = (
        f"{wide}: {source.annotation(shape)} = expand({given.text}, to={shown_shape(shape)})",
        f"{asked}: {answers.annotation()} = {call.operation.text}({wide}{rest}",
    )
    return Widened(statement, call, given.text, answers, lines)
