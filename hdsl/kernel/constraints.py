"""The type of an answer as what a model server can enforce: a JSON schema, a choice or a pattern, a grammar.

A type is a record, or a set of labels; one that ends in a colon carries free text, or a record, up to the end of the
answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hdsl.ground.labels import label_of
from hdsl.kernel.answer_grammar import grammar_of
from hdsl.kernel.answer_schema import pattern_of, schema_of, unwrapped_json
from hdsl.kernel.labelled import Outside, read_answer
from hdsl.structure.structures import TRUTH, Choice, OneOf, Record, Structure


@dataclass(frozen=True, slots=True)
class Form:
    """One way to tell a server what may be answered.

    `in_json`: a label is answered in an object that holds it. `records_in_json`: so is one with a record behind it.
    """

    name: str
    parameters: Callable[[Structure], dict[str, Any]]
    in_json: bool = False
    records_in_json: bool = True

    def answer_in(self, text: str, structure: Structure) -> str | None:
        """The answer in what a server said that enforces this form; None if it has not enforced it."""
        has_records = isinstance(structure, Choice) and structure.has_records
        if self.in_json or (has_records and self.records_in_json):
            text = unwrapped_json(text, structure) or ""
        if isinstance(structure, Choice) and not has_records and not isinstance(structure, OneOf):
            return text if label_of(text, structure.texts) is not None else None
        read = read_answer(text, structure)
        return None if isinstance(read, Outside) else read


def _nested_schema(structure: Structure) -> dict[str, Any]:
    described = {"name": "answer", "strict": True, "schema": schema_of(structure)}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _flat_schema(structure: Structure) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "schema": schema_of(structure)}}


def _structured_outputs(structure: Structure) -> dict[str, Any]:
    return {"structured_outputs": _enforced(structure)}


def _guided(structure: Structure) -> dict[str, Any]:
    return {f"guided_{name}": value for name, value in _enforced(structure).items()}


def _enforced(structure: Structure) -> dict[str, Any]:
    """The one constraint that vLLM is given."""
    labels = TRUTH if not isinstance(structure, Choice) else structure.texts
    if is_json(structure):
        return {"json": schema_of(structure)}
    return {"regex": pattern_of(labels)} if has_payload(structure) else {"choice": list(labels)}


def _grammar(structure: Structure) -> dict[str, Any]:
    return {"grammar": grammar_of(structure)}


NESTED = Form("json_schema", _nested_schema, in_json=True)
"""OpenAI's own form, which most servers know."""
FLAT = Form("flat json_schema", _flat_schema, in_json=True)
STRUCTURED = Form("structured_outputs", _structured_outputs)
"""vLLM's form; `GUIDED` is that of its earlier versions."""
GUIDED = Form("guided", _guided)
GRAMMAR = Form("grammar", _grammar, records_in_json=False)
"""llama.cpp's form (GBNF). The answer is the bare label or record, which small models answer best."""

PARAMETERS = ("grammar", "structured_outputs", "guided_choice", "guided_regex", "guided_json", "response_format")
"""The parameters by which a type is enforced, those that fewest servers know first."""


def is_json(structure: Structure) -> bool:
    """Whether an answer is JSON, at least in part."""
    return structure.has_records if isinstance(structure, Choice) else isinstance(structure, Record)


def has_payload(structure: Structure) -> bool:
    """Whether an answer holds free text."""
    return structure.has_payload if isinstance(structure, Choice) else is_json(structure)
