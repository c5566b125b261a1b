"""Diagnostics as a Code Quality report, which GitLab shows in merge requests."""

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.render.order import in_order

_SEVERITIES = {"error": "major", "warning": "minor"}


def render(diagnostics: Sequence[Diagnostic], files: Sequence[str], colour: bool = False) -> str:
    """The list of findings, with a newline at its end. `colour` is of no use here."""
    seen: Counter[str] = Counter()
    findings = [_finding(diagnostic, seen) for diagnostic in in_order(diagnostics)]
    text = json.dumps(findings, ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()


def _finding(diagnostic: Diagnostic, seen: Counter[str]) -> dict[str, Any]:
    """One finding. Its fingerprint outlives lines that come or go above it; the like of it are numbered."""
    source, span = diagnostic.place
    line, _ = source.position(span.start)
    identity = "\0".join((diagnostic.code, source.path, diagnostic.message, source.line(line).strip()))
    seen[identity] += 1
    fingerprint = sha256(f"{identity}\0{seen[identity]}".encode("utf-8", "backslashreplace")).hexdigest()
    return {
        "description": f"{diagnostic.message} {diagnostic.help}".rstrip(),
        "check_name": f"{diagnostic.code} {diagnostic.name}",
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[diagnostic.severity],
        "location": {"path": source.path, "lines": {"begin": line}},
    }
