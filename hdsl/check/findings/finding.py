"""What all findings have: the rule that they are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Finding:
    """Facts for one rule of the catalogue; they fill its templates, unless `hdsl.check.wording` computes the words."""

    rule: ClassVar[str]
