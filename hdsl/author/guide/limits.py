"""How large a file may be, and what it is about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a file."""

    least: int = 1
    """Nodes of the body, at least and at most."""
    most: int = 12
    declarations: int = 3
    purpose: str = ""
    """What the comment on the harness says, on one line; empty for any words."""
    loop: bool | None = None
    """Whether there is a loop; None: as it comes."""
    terminal: bool = False
    """Whether it works in a terminal."""
