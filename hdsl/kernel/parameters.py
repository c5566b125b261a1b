"""The optional parts of a request, each left out once a server has refused it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hdsl.kernel.complaints import Complaint
from hdsl.kernel.constraints import PARAMETERS
from hdsl.kernel.custom_tool import CHOICE, TOOLS
from hdsl.kernel.prompt import Message
from hdsl.kernel.request import Rejection
from hdsl.kernel.wordings import overflows, refuses_some_parameter, refuses_system_role

SYSTEM = "system role"
"""What the separate system message is called among the parts that can be refused."""

LENGTHS = ("max_tokens", "max_completion_tokens")
"""The two names of the limit of an answer; a server takes one or the other, or neither."""

_LENGTH = re.compile(r"max_?(?:imum_?)?(?:completion_?|output_?|new_?)?(?:tokens|length)", re.IGNORECASE)
_OTHER_NAMES = {
    "response_format": r"response_?format|json_?schema|structured[ _]outputs?|json[ _](?:mode|object)",
    "structured_outputs": r"structured[ _]?outputs?|guided[ _]decoding",
    "guided_choice": r"guided_?(?:choice|decoding|options)",
    "guided_regex": r"guided_?(?:regex|decoding|options)",
    "guided_json": r"guided_?(?:json|decoding|options)",
    "grammar": r"grammar|gbnf",
    "stream_options": r"stream_?options|include_?usage",
    "stream": (
        r"stream['\"`]?(?: parameter)? (?:is )?(?:not|un|must|should|only)\w*"
        r"|streaming(?: \w+)? (?:is )?(?:not|un|disab)\w*|stream['\"`]?\s*[=:]\s*true"
        r"|(?:not|\w+n't) support stream\w*|unsupported.{0,20}stream"
    ),
    "tools": r"(?:custom[ _])?tools?(?:[.\[ _]\S*)?|tool[ _](?:use|call\w*|choice)|function[ _]call\w*|lark",
    "seed": r"(?:random_?)?seed",
}
_STREAMING = re.compile(r"\bstream(?:ing)?\b", re.IGNORECASE)
_LONGEST_REJECTED = 500
"""Characters of a rejected answer that are shown to the model again."""
_OBJECTIONS = frozenset({400, 404, 405, 415, 422, 500, 501})


@dataclass(frozen=True, slots=True)
class Options:
    """What may be sent beside model and messages, in the order in which it is given up if a server names nothing."""

    values: Mapping[str, Any]
    """Values by name; the limit of an answer under the name to try first."""
    refused: frozenset[str] = frozenset()

    def sent(self) -> dict[str, Any]:
        """The parameters to send."""
        found = {}
        for name, value in self.values.items():
            if name in LENGTHS:
                name = next((other for other in (name, *LENGTHS) if other not in self.refused), "")
            if name and name not in self.refused:
                found[name] = value
        if TOOLS not in found:
            found.pop(CHOICE, None)
        return found

    @property
    def asks_for_a_call(self) -> bool:
        """Whether the model is asked to call a tool."""
        return TOOLS in self.sent()

    def without(self, refused: frozenset[str]) -> "Options":
        """The options without some more."""
        return Options(self.values, self.refused | refused)

    def refused_by(self, status: int, complaint: Complaint) -> str | None:
        """The part that a complaint objects to, of those that are sent; None if it is about something else."""
        if status not in _OBJECTIONS or overflows(complaint):
            return None
        sent = self.sent()
        for name in sent:
            if name != CHOICE and _names(name, complaint):
                with_it = name in PARAMETERS and "stream" in sent and _STREAMING.search(complaint.message)
                return "stream" if with_it else name  # both at once are refused, and the type is worth more
        if SYSTEM not in self.refused and refuses_system_role(complaint):
            return SYSTEM
        if refuses_some_parameter(complaint) and not complaint.parameters:
            return next(iter(sent), None)
        return None


def messages(
    asked: Sequence[Message], refused: frozenset[str], rejected: Sequence[Rejection] = ()
) -> list[dict[str, str]]:
    """The messages of a prompt, where a server takes no system message in the first question; then what was answered
    already.
    """
    shown = list(asked)
    if SYSTEM in refused and shown[0].role == "system":
        system, first = shown[:2]
        shown[:2] = [replace(first, content=f"{system.content}\n\n{first.content}")]
    sent: list[dict[str, str]] = [{"role": each.role, "content": each.content} for each in shown]
    for rejection in rejected:
        sent.append({"role": "assistant", "content": rejection.answer[:_LONGEST_REJECTED] or "(nothing)"})
        sent.append({"role": "user", "content": rejection.reason})
    return sent


def _names(parameter: str, complaint: Complaint) -> bool:
    """Whether a complaint names a parameter, under any of its names."""
    if parameter in LENGTHS:
        pattern = _LENGTH
    else:
        pattern = re.compile(rf"(?<![a-z_])(?:{_OTHER_NAMES.get(parameter, parameter)})(?![a-z_])", re.IGNORECASE)
    if any(name == parameter or pattern.fullmatch(name) for name in complaint.parameters):
        return True
    return bool(pattern.search(complaint.message))
