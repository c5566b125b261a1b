"""What the catalogue holds of each code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A code of the checker. `message` and `help` are templates; `wrong` and `right` are whole files."""

    code: str
    name: str
    severity: str
    message: str
    help: str = ""
    explanation: str = ""
    wrong: str = ""
    right: str = ""
