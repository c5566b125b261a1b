"""What the catalogue holds of each code."""

from typing import NamedTuple, TypeAlias

Beside: TypeAlias = tuple[tuple[str, str | bytes | int], ...]
"""Files beside an example by name: a text, bytes that are no text, or the size of a file of blank lines."""


class Rule(NamedTuple):
    """A code of the checker. `message` and `help` are templates; `wrong` and `right` are whole files.

    `files` stand beside `wrong`; `mended` stands beside `right`, where that is not the same.
    """

    code: str
    name: str
    severity: str
    message: str
    help: str = ""
    explanation: str = ""
    wrong: str = ""
    right: str = ""
    files: Beside = ()
    mended: Beside = ()

    @property
    def can_be_lowered(self) -> bool:
        """Whether a program is whole in spite of it: warnings, and what is said of one that has no other error."""
        return self.severity == "warning" or self.code[2] == "5" or self.name == "over-budget"
