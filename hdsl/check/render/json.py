"""Diagnostics as one JSON object: version 1 of the format that editors and scripts read."""

import json
from collections.abc import Sequence
from typing import Any

from hdsl.check.diagnostic import Diagnostic, Edit, Place, Related, url_of
from hdsl.check.render.order import counted, in_order

FORMAT_VERSION = 1


def render(diagnostics: Sequence[Diagnostic], files: Sequence[str], colour: bool = False) -> str:
    """The object, indented, with a newline at its end. `colour` is of no use here."""
    text = json.dumps(document(diagnostics, files), ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()  # half of a character cannot be written, only escaped


def document(diagnostics: Sequence[Diagnostic], files: Sequence[str]) -> dict[str, Any]:
    """The object as Python values. Lines and columns count from 1, columns and offsets in code points."""
    ordered = in_order(diagnostics)
    errors, warnings = counted(ordered)
    return {
        "version": FORMAT_VERSION,
        "files": sorted(set(files)),
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in ordered],
        "summary": {"errors": errors, "warnings": warnings},
    }


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(diagnostic.place),
        "related": [_related(related) for related in diagnostic.related],
        "expected": diagnostic.expected,
        "found": diagnostic.found,
        "help": diagnostic.help,
        "url": url_of(diagnostic.code),
        "fixes": [
            {"title": fix.title, "applicability": fix.applicability, "edits": [_edit(edit) for edit in fix.edits]}
            for fix in diagnostic.fixes
        ],
    }


def _related(related: Related) -> dict[str, Any]:
    return {"message": related.message, **_place(related.place)}


def _edit(edit: Edit) -> dict[str, Any]:
    return {**_place(edit.place), "text": edit.text}


def _place(place: Place) -> dict[str, Any]:
    span = {"start": _position(place, place.span.start), "end": _position(place, place.span.end)}
    return {"file": place.source.path, "span": span}


def _position(place: Place, offset: int) -> dict[str, int]:
    line, column = place.source.position(offset)
    return {"line": line, "column": column, "offset": offset}
