"""Diagnostics as SARIF 2.1.0, which code hosts and editors show beside the lines they are about."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from hdsl.check.catalogue import rule_coded
from hdsl.check.diagnostic import Diagnostic, Edit, Fix, Place
from hdsl.check.render.order import in_order

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(diagnostics: Sequence[Diagnostic], files: Sequence[str], colour: bool = False) -> str:
    """One run with its results and the rules they are of, and a newline at its end. `colour` is of no use here."""
    ordered = in_order(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in ordered})
    run = {
        "tool": {"driver": {"name": "hdsl", "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": _location(file)} for file in sorted(set(files))],
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in ordered],
    }
    text = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()


def _rule(code: str) -> dict[str, Any]:
    rule = rule_coded(code)
    assert rule is not None
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.name.replace("-", " ")},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": f"`hdsl explain {code}` prints its page, with a wrong example and the same fixed."},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(diagnostic: Diagnostic, rule_index: int) -> dict[str, Any]:
    message = f"{diagnostic.message} {diagnostic.help}".rstrip()
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": rule_index,
        "level": diagnostic.severity,
        "message": {"text": message},
        "locations": [{"physicalLocation": _physical(diagnostic.place)}],
        "relatedLocations": [
            {"id": i, "physicalLocation": _physical(related.place), "message": {"text": related.message}}
            for i, related in enumerate(diagnostic.related)
        ],
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"description": {"text": fix.title}, "artifactChanges": [_change(edit) for edit in fix.edits]}


def _change(edit: Edit) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.text}}
    return {"artifactLocation": _location(edit.place.source.path), "replacements": [replacement]}


def _physical(place: Place) -> dict[str, Any]:
    return {"artifactLocation": _location(place.source.path), "region": _region(place)}


def _location(path: str) -> dict[str, str]:
    return {"uri": ("file://" if path.startswith("/") else "") + quote(path, errors="surrogateescape")}


def _region(place: Place) -> dict[str, int]:
    line, column = place.source.position(place.span.start)
    end_line, end_column = place.source.position(place.span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
