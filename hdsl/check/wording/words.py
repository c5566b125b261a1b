"""What is computed of the words of a finding, beside the templates of its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hdsl.check.diagnostic import Fix


@dataclass(frozen=True, slots=True)
class Words:
    """`values` fill the templates of the rule; `help` stands for its help where it is not None."""

    values: Mapping[str, Any]
    help: str | None = None
    fixes: Sequence[Fix] = ()
    expected: str = ""
    found: str = ""
