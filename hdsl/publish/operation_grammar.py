"""A grammar specialised to the operations there are: what a decoder writes by it parses, and most of it checks.

It is one harness over one text. Nodes are called `n1`, `n2`, … in their order, so that each names only what stands
above it; a call is one of the library's operations that make a text of texts, with its own options and literals of
their kinds. Those that write are left out, for no grammar can see the order of effects, and those of which one input
must not need the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hdsl.check.library import library
from hdsl.check.project import PRELUDE
from hdsl.graph.shapes import is_pack
from hdsl.graph.signature import Input, OptionParameter, Signature
from hdsl.graph.types import ExperienceOf

NODES = 12
"""How many nodes a harness of the grammar has at most."""

_LITERALS = {"str": "TEXT", "int": "WHOLE", "float": "NUMBER", "bool": "FLAG"}
_TERMINALS = r"""
TEXT: /"[ !#-\[\]-~]*"/
WHOLE: /[1-9][0-9]?/
NUMBER: /[0-9]\.[0-9]/
FLAG: "true" | "false"
"""


def operation_grammar(nodes: int = NODES) -> str:
    """The grammar in Lark's notation, for llguidance and what reads the same."""
    operations = [each for each in library()[PRELUDE].callables.values() if _makes_text_of_texts(each)]
    return "\n".join(_rules(operations, nodes)) + _TERMINALS


def _makes_text_of_texts(signature: Signature) -> bool:
    """Whether an operation takes texts and tables, gives a text of the same shape, and does not write or owe."""
    tensors = [each for each in signature.inputs if not isinstance(each.type, ExperienceOf)]
    kinds = {"text", "variable"}
    return (
        bool(tensors)
        and signature.result.kind in kinds
        and all(not isinstance(each.type, ExperienceOf) and each.type.kind in kinds for each in tensors)
        and all(len(shape) == 1 and is_pack(shape[0]) for shape in (signature.shape, *(each.shape for each in tensors)))
        and all(option.kind in _LITERALS for option in signature.options)
        and not signature.has_effect("write")
        and not signature.meaning.owes
    )


def _rules(operations: Sequence[Signature], nodes: int) -> Iterator[str]:
    yield r'start: "hdsl 1\n\nexperience known: text -> text = []\n\n" harness'
    yield r'harness: "harness main(task: text[1]) -> text[1] {\n" node_1 rest_1'
    for i in range(1, nodes + 1):
        more = f" | node_{i + 1} rest_{i + 1}" if i < nodes else ""
        yield rf'rest_{i}: "  return n{i}\n}}\n"{more}'
        yield rf'node_{i}: "  n{i}: text[1] = " call_{i} "\n"'
        yield f"call_{i}: " + " | ".join(_call(each, f"text_{i}") for each in operations)
        yield f"text_{i}: " + " | ".join(['"task"', *(f'"n{above}"' for above in range(1, i))])
    for operation in operations:
        if operation.options:
            yield f"options_{operation.name}: " + " ".join(map(_option, operation.options))


def _call(operation: Signature, text: str) -> str:
    inputs = "".join(_input(each, text, first=i == 0) for i, each in enumerate(operation.inputs))
    options = f" options_{operation.name}" if operation.options else ""
    return f'"{operation.name}(" {inputs}{options} ")"'


def _input(wanted: Input, text: str, first: bool) -> str:
    if isinstance(wanted.type, ExperienceOf):
        return ' ", known"'
    given = text if first else f' ", " {text}'
    if wanted.repeated:
        return f'{given} (", " {text})*'
    return f"[{given}]" if wanted.optional else given


def _option(option: OptionParameter) -> str:
    written = f'", {option.name}=" {_LITERALS[str(option.kind)]}'
    return written if option.required else f"[{written}]"
