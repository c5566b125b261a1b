"""What has been found out of one model server by asking it: what it refuses, how it enforces types, if it reasons."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from hdsl.kernel.complaints import Complaint
from hdsl.kernel.constraints import FLAT, GRAMMAR, GUIDED, NESTED, STRUCTURED, Form
from hdsl.kernel.custom_tool import CHOICE, TOOLS, tool_parameters
from hdsl.structure.structures import Structure

ServerKind = Literal["", "llama.cpp", "vllm"]

_FORMS: Mapping[ServerKind, tuple[Form, ...]] = {
    "": (NESTED, FLAT, STRUCTURED, GUIDED, GRAMMAR),
    "llama.cpp": (GRAMMAR, NESTED, FLAT),
    "vllm": (STRUCTURED, GUIDED, NESTED),
}
"""The forms of a constraint in the order in which they are tried."""

_LLAMA_CPP_BUILD = re.compile(r"b\d+-[0-9a-f]+")
_OF_VLLM = ("prompt_logprobs", "kv_transfer_params")
_ABOUT_THE_SCHEMA = re.compile(r"schema", re.IGNORECASE)


class KnownServer:
    """Learns from each reply, and says what the next question is asked with."""

    def __init__(self, kind: ServerKind = "") -> None:
        self.refused: frozenset[str] = frozenset()
        """The parameters that it does not take."""
        self.reasons = False
        """Whether its model reasons before it answers, so that an answer needs more tokens than it is long."""
        self._kind: ServerKind = kind
        self._kept: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._kept_for: set[tuple[str, Structure]] = set()
        self._useless: set[str] = set()
        self._useless_for: set[tuple[str, Structure]] = set()

    def form_for(self, structure: Structure | None) -> Form | None:
        """The form in which the type is sent; None where there is no type, or none is left."""
        if structure is None:
            return None
        usable = (form for form in _FORMS[self._kind] if form.name not in self._useless)
        return next((form for form in usable if (form.name, structure) not in self._useless_for), None)

    def grammar_parameters(self, lark: str, gbnf: str) -> dict[str, Any]:
        """How the server is told the grammar of a text: one that is not known by a custom tool, until it refuses or
        ignores that. One that knows no grammar refuses or ignores each.
        """
        if self._kind == "vllm":
            return {"structured_outputs": {"grammar": gbnf}}
        is_tool = not self._kind and TOOLS not in self.refused
        return tool_parameters(lark) if is_tool else {"grammar": gbnf}

    def note_not_called(self) -> None:
        """It was asked to let the model call a tool, and answered as if it was not."""
        self.refused |= {TOOLS, CHOICE}

    def has_worked(self, form: Form, structure: Structure | None = None) -> bool:
        """Whether the server has enforced a type in this form; with `structure` this type."""
        return self._kept[form.name] > 0 if structure is None else (form.name, structure) in self._kept_for

    def note_enforced(self, form: Form, structure: Structure) -> None:
        """It has answered within the type."""
        self._kept[form.name] += 1
        self._kept_for.add((form.name, structure))

    def note_ignored(self, form: Form) -> None:
        """It took the form and answered as if it was not there: it is not sent again.

        An answer in JSON as it was asked for is not an accident: a form that has led to it must be ignored as often.
        """
        self._left[form.name] += 1
        if not form.in_json or self._left[form.name] > self._kept[form.name]:
            self._useless.add(form.name)

    def note_useless(self, form: Form, structure: Structure) -> None:
        """Nothing was answered to the type in this form."""
        self._useless_for.add((form.name, structure))

    def note_refused(self, form: Form, structure: Structure, complaint: Complaint) -> "Undo":
        """It does not take the form; where the form has worked before, not for this type."""
        if self.has_worked(form):
            key = (form.name, structure)
            self._useless_for.add(key)
            return Undo(self._useless_for, [key])
        names = [form.name]
        if form is NESTED and not _ABOUT_THE_SCHEMA.search(complaint.message):
            names.append(FLAT.name)  # it knows no `response_format` at all
        fresh = [name for name in names if name not in self._useless]
        self._useless.update(fresh)
        return Undo(self._useless, fresh)

    def notice(self, headers: Mapping[str, str], values: Iterable[Any]) -> None:
        """Looks at a reply for what kind of server it is."""
        if not self._kind:
            self._kind = _kind_of(headers, values)


class Undo:
    """Takes back what was noted, where the trouble turned out to be another."""

    def __init__(self, noted: set[Any], entries: Sequence[Any]) -> None:
        self._noted, self._entries = noted, entries

    def __call__(self) -> None:
        """Takes it back."""
        self._noted.difference_update(self._entries)


def _kind_of(headers: Mapping[str, str], values: Iterable[Any]) -> ServerKind:
    if headers.get("Server", "").lower().startswith("llama.cpp"):
        return "llama.cpp"
    value = next(iter(values), None)
    if not isinstance(value, dict):
        return ""
    build = value.get("system_fingerprint")
    if isinstance(build, str) and _LLAMA_CPP_BUILD.fullmatch(build):
        return "llama.cpp"
    return "vllm" if any(name in value for name in _OF_VLLM) else ""
