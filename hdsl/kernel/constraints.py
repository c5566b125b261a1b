"""The type of an answer as what a model server can enforce: a JSON schema, a choice or a pattern, a grammar.

A type is a set of labels; one that ends in a colon carries free text up to the end of the answer.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_ANSWER, _LABEL, _TEXT = "answer", "label", "text"
"""The fields of an answer in JSON: a label alone, or a label and what belongs to it."""

_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to tell a server which labels there are. `in_json`: the answer is an object that holds the label."""

    name: str
    parameters: Callable[[Sequence[str]], dict[str, Any]]
    in_json: bool = False


def _nested_schema(labels: Sequence[str]) -> dict[str, Any]:
    described = {"name": "answer", "strict": True, "schema": schema_of(labels)}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _flat_schema(labels: Sequence[str]) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "schema": schema_of(labels)}}


def _structured_outputs(labels: Sequence[str]) -> dict[str, Any]:
    what = {"regex": pattern_of(labels)} if has_payload(labels) else {"choice": list(labels)}
    return {"structured_outputs": what}


def _guided(labels: Sequence[str]) -> dict[str, Any]:
    return {"guided_regex": pattern_of(labels)} if has_payload(labels) else {"guided_choice": list(labels)}


def _grammar(labels: Sequence[str]) -> dict[str, Any]:
    return {"grammar": grammar_of(labels)}


NESTED = Form("json_schema", _nested_schema, in_json=True)
"""OpenAI's own form, which most servers know."""
FLAT = Form("flat json_schema", _flat_schema, in_json=True)
STRUCTURED = Form("structured_outputs", _structured_outputs)
"""vLLM's form; `GUIDED` is that of its earlier versions."""
GUIDED = Form("guided", _guided)
GRAMMAR = Form("grammar", _grammar)
"""llama.cpp's form (GBNF). The answer is the bare label, which small models answer best."""

PARAMETERS = ("grammar", "structured_outputs", "guided_choice", "guided_regex", "response_format")
"""The parameters by which a type is enforced, those that fewest servers know first."""


def has_payload(labels: Sequence[str]) -> bool:
    """Whether some label carries free text."""
    return any(label.endswith(":") for label in labels)


def schema_of(labels: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an object that holds one of the labels, and the text behind it if one carries text."""
    one = {"type": "string", "enum": list(labels)}
    properties = {_LABEL: one, _TEXT: {"type": "string"}} if has_payload(labels) else {_ANSWER: one}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def pattern_of(labels: Sequence[str]) -> str:
    """A regular expression that exactly the answers of the type match."""
    ways = (_SPECIAL.sub(r"\\\g<0>", label) + (r"[\s\S]*" if label.endswith(":") else "") for label in labels)
    return f"({'|'.join(ways)})"


def grammar_of(labels: Sequence[str]) -> str:
    """A grammar in llama.cpp's notation (GBNF) whose texts are exactly the answers of the type."""
    ways = (f"{_literal(label)} rest" if label.endswith(":") else _literal(label) for label in labels)
    rules = [f"root ::= {' | '.join(ways)}"]
    if has_payload(labels):
        rules.append(r"rest ::= [^\x00]*")
    return "\n".join(rules)


def unwrapped_json(text: str, labels: Sequence[str]) -> str | None:
    """The answer in an object of the schema; None if the text is no such object, so that nothing was enforced."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    if not has_payload(labels):
        answer = value.get(_ANSWER)
        return answer if isinstance(answer, str) and answer in labels else None
    label, rest = value.get(_LABEL), value.get(_TEXT, "")
    if not isinstance(label, str) or label not in labels or not isinstance(rest, str):
        return None
    return label + rest.removeprefix(label) if label.endswith(":") else label


def _literal(text: str) -> str:
    """A literal of GBNF: whatever is not plain ASCII is written by its code."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return f"\\{character}"
    if 0x20 <= code < 0x7F:
        return character
    return f"\\x{code:02X}" if code < 0x80 else (f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}")
