"""Faults put into a function, one a mutant: a comparison turned, a number changed, a value no longer returned."""

import ast
import copy
from collections.abc import Iterator
from random import Random

from hdsl.tasks.definitions import Definition

MOST = 6
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
}  # fmt: skip


def mutants(definition: Definition, source: str, seed: int, most: int = MOST) -> tuple[str, ...]:
    """The texts of the whole file with one fault each in the function, picked by the seed."""
    body = [node for node in definition.node.body if node.lineno >= definition.first]
    places = [node for statement in body for node in ast.walk(statement)]
    faults = [(at, way) for at, node in enumerate(places) for way in range(len(list(_faults(node))))]
    Random(f"mutants {seed} {definition.key}").shuffle(faults)
    found: dict[str, None] = {}
    for at, way in faults:
        if len(found) == most:
            break
        copied = copy.deepcopy(body)
        node = [each for statement in copied for each in ast.walk(statement)][at]
        list(_faults(node))[way]()
        found[_put(definition, source, copied)] = None
    return tuple(text for text in found if text != source)


def _faults(node: ast.AST) -> Iterator["_Change"]:
    """The ways in which a node can be made wrong, as functions that do it."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARED:
            yield _Change(node, "ops", [_COMPARED[type(operator)]()])
        case ast.BinOp(op=operation) if type(operation) in _COMPUTED:
            yield _Change(node, "op", _COMPUTED[type(operation)]())
        case ast.BoolOp(op=ast.And()):
            yield _Change(node, "op", ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield _Change(node, "op", ast.And())
        case ast.Constant(value=bool(value)):
            yield _Change(node, "value", not value)
        case ast.Constant(value=int(value)):
            yield _Change(node, "value", value + 1)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _Change(node, "operand", ast.UnaryOp(ast.Not(), operand))
        case ast.If(test=test) | ast.While(test=test) if not isinstance(test, ast.Constant):
            yield _Change(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield _Change(node, "value", ast.Constant(None))
        case ast.Call(args=[_, _, *_] as arguments) if not any(isinstance(each, ast.Starred) for each in arguments[:2]):
            yield _Change(node, "args", [arguments[1], arguments[0], *arguments[2:]])


class _Change:
    def __init__(self, node: ast.AST, field: str, value: object) -> None:
        self._node, self._field, self._value = node, field, value

    def __call__(self) -> None:
        setattr(self._node, self._field, self._value)


def _put(definition: Definition, source: str, body: list[ast.stmt]) -> str:
    lines = source.split("\n")
    line = lines[definition.first - 1]
    indent = line[: len(line) - len(line.lstrip())]
    written = [
        f"{indent}{text}" if text else ""
        for statement in body
        for text in ast.unparse(ast.fix_missing_locations(statement)).split("\n")
    ]
    return "\n".join([*lines[: definition.first - 1], *written, *lines[definition.end :]])
