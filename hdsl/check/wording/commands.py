"""The words of findings about what would be typed into a shell."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.commands import DeniedCommand
from hdsl.check.fixes import UNSAFE, item_removed
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.display import one_line

_WIDTH = 100
"""How much of a command is shown."""


def _denied_command(finding: DeniedCommand, place: Place) -> Words:
    decision, row = finding.decision, finding.row
    return Words(
        {
            "command": one_line(finding.text, _WIDTH),
            "how": "be denied" if decision.mode == "deny" else "need approval",
            "rule": decision.rule,
            "reason": decision.reason,
            "pattern": one_line(decision.command, _WIDTH).replace("\\", "\\\\").replace('"', '\\"'),
        },
        fixes=[] if row is None else item_removed(place.source, row, "Remove the row", UNSAFE),
    )


WORDING: Wording = {DeniedCommand: _denied_command}
