"""The test of a harness: every node that asks a model or touches the world is given its answer."""

from collections.abc import Generator

from hdsl.author.guide.body import Body
from hdsl.author.guide.literals import text_of
from hdsl.author.guide.rules import Rules, quoted
from hdsl.author.guide.scope import Scope, Value
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import Signature
from hdsl.graph.types import TEXT

OUT = "out"


def test_block(name: str, scope: Scope, body: Body) -> Generator[str, str, None]:
    """A test with its stubs, a call and what is expected of it."""
    rules = Rules()
    yield rules.grammar([f'"\\ntest \\"" {rules.pattern("[a-z][a-z0-9 ]{3,40}")} "\\" {{\\n "'])
    stubs: list[str] = []
    result = next(reversed(scope.values))
    for value in asked(scope, result):
        rules = Rules()
        text = yield rules.grammar([f'{quoted(f" given {name}.{value.name} = ")} {text_of(rules, value.type)} "\\n "'])
        stubs.append(text.split(" = ", 1)[1].rstrip())
    rules = Rules()
    inputs = [each for each in scope.values.values() if each.is_input and each.type == TEXT]
    shape = tuple(1 if isinstance(each, str) else each for each in scope.base)
    given = ' ", " '.join(text_of(rules, TEXT, 30) for _ in inputs)
    head = quoted(f" {OUT}: {scope.result.name}{shown_shape(shape)} = {name}(")
    call = yield rules.grammar([f'{head} {given} ")\\n "'])
    stubs.append(call)
    rules = Rules()
    losses = [each for each, signature in body.callables.items() if _compares(signature)]
    said = rules.either([quoted(each) for each in stubs[:-1] if not each.startswith('"""')] + [rules.string(30)])
    loss, end = rules.either(quoted(f"{each}({OUT}, ") for each in losses), quoted(")\n}\n")
    yield rules.grammar([f'" expect " {loss} {said} {end}'])


def _compares(signature: Signature) -> bool:
    inputs = signature.inputs
    return signature.result.kind == "score" and len(inputs) == 2 and all(each.type == TEXT for each in inputs)


def asked(scope: Scope, result: str) -> list[Value]:
    """The nodes that ask a model or touch the world, as far as the result needs them where they are given."""
    waiting, seen, found = [result], {result}, set()
    while waiting:
        value = scope.values[waiting.pop()]
        if value.asks or value.thing:
            found.add(value.name)
            continue
        for name in value.uses - seen:
            seen.add(name)
            waiting.append(name)
    return [value for value in scope.values.values() if value.name in found]
