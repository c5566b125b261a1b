"""The structure of an answer as a grammar in llama.cpp's notation (GBNF), whose texts are the answers themselves.

A record is written as its canonical form has it: fields in their order, absent ones left out.
"""

import json

from hdsl.structure.structures import Choice, ChoiceLabel, Field, ListOf, OneOf, Plain, Record, Structure, choice_of

_SHARED = {
    "rest": r"[^\x00]*",
    "char": r'[^"\\\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])',
    "text": r'"\"" char* "\""',
    "int": r'"-"? ("0" | [1-9] [0-9]{0,15})',
    "float": r'int ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?',
    "bool": '"true" | "false"',
}
"""Rules by their names; numbers end, as a model could go on with digits for ever."""

FREE_TEXT = "char ::="
"""What stands in a grammar by which a model may write any text."""

_NEEDS = {"text": ("char",), "float": ("int",)}


def grammar_of(structure: Structure) -> str:
    """A grammar whose texts are exactly the answers of a structure."""
    rules = _Rules()
    root = rules.answer(structure)
    shared = (f"{name} ::= {body}" for name, body in _SHARED.items() if name in rules.used)
    return "\n".join([f"root ::= {root}", *rules.made, *shared])


class _Rules:
    def __init__(self) -> None:
        self.made: list[str] = []
        self.used: set[str] = set()

    def answer(self, structure: Structure) -> str:
        """What an answer of its own is: labels without quotation marks."""
        if isinstance(structure, Record):
            return self._value(structure)
        if isinstance(structure, OneOf):
            return " | ".join(map(_literal, structure.texts))
        choice = structure if isinstance(structure, Choice) else choice_of(("true", "false"))
        return " | ".join(map(self._labelled, choice.labels))

    def _labelled(self, label: ChoiceLabel) -> str:
        if not label.text.endswith(":"):
            return _literal(label.text)
        behind = self._shared("rest") if label.payload is None else self._value(label.payload)
        return f"{_literal(label.text)} {behind}"

    def _value(self, structure: Structure) -> str:
        match structure:
            case Record(fields=fields):
                return self._record(fields)
            case ListOf(item=item):
                inner = self._value(item)
                return self._rule(f'"[" ({inner} (", " {inner})*)? "]"')
            case Choice(labels=labels):
                return self._rule(" | ".join(map(self._quoted_label, labels)))
            case Plain(kind=kind):
                return self._shared(kind)

    def _quoted_label(self, label: ChoiceLabel) -> str:
        quoted = json.dumps(label.text, ensure_ascii=False)
        if not label.text.endswith(":"):
            return _literal(quoted)
        return f'{_literal(quoted[:-1])} {self._shared("char")}* "\\""'

    def _record(self, fields: tuple[Field, ...]) -> str:
        """Each rule is the fields from one on: behind a comma if some were written, or as the first ones."""
        behind, first = "", ""
        for each in reversed(fields):
            one = f"{_literal(json.dumps(each.name) + ': ')} {self._value(each.structure)}"
            ahead = f"{one} {behind}".rstrip()
            without = f"{ahead} | {first}" if first else f"({ahead})?"
            first = self._rule(without if each.optional else ahead)
            behind = self._rule(f'(", " {one})? {behind}'.rstrip() if each.optional else f'", " {ahead}')
        return self._rule(f'"{{" {first} "}}"')

    def _rule(self, body: str) -> str:
        name = f"r{len(self.made)}"
        self.made.append(f"{name} ::= {body}")
        return name

    def _shared(self, name: str) -> str:
        self.used.update((name, *_NEEDS.get(name, ())))
        return name


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
