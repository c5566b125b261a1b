"""Rule of patterns: an option `pattern` of the standard library is a Python regular expression."""

from __future__ import annotations

import re
import warnings

from hdsl.check import findings
from hdsl.check.report import Report
from hdsl.graph.signature import OptionParameter, Signature
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Text

LONGEST = 10_000
"""Code points of a pattern that is compiled."""

OPTION = "pattern"


def check_pattern(report: Report, source: Source, text: Text, wanted: OptionParameter, signature: Signature) -> None:
    """Reports a text that is not a regular expression where one is wanted."""
    if wanted.name != OPTION or wanted.kind != "str" or not (signature.entry or "").startswith("hdsl."):
        return
    reason = _reason(text.text)
    if reason is not None:
        report.tell(findings.commands.BadPattern(wanted.name, reason), source, text.span)


def _reason(pattern: str) -> str | None:
    """Why a pattern cannot be used; None where it can."""
    if len(pattern) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, ValueError) as error:
        return str(error)
    except RecursionError:
        return "it is nested too deeply"
    return None
