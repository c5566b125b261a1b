"""Secrets that betterleaks finds, where it is installed: beside the patterns of `hdsl.sessions.redaction`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from hdsl.sessions.values import list_of, mapping_of, text_of

_LARGEST = 1 << 20
_HALF = re.compile(r"[\ud800-\udfff]")  # which the scanner could not encode


def values_that_leak(text: str) -> Iterator[str]:
    """The secrets in a text, as betterleaks knows them; none without it."""
    scanner = _scanner()
    if scanner is None or not text:
        return
    try:
        findings = scanner.scan_string(_HALF.sub("\ufffd", text[:_LARGEST].replace("\0", "")))
    except scanner.BetterleaksError:
        return
    for finding in findings:
        yield from _values_of(finding.raw)


def _values_of(finding: Mapping[str, Any]) -> Iterator[str]:
    """What a finding says is secret: a key by itself, and each part of one that has several."""
    yield text_of(mapping_of(finding.get("match")).get("value"))
    for parts in list_of(finding.get("component_sets")):
        for part in list_of(mapping_of(parts).get("components")):
            yield from _values_of(mapping_of(part))


def is_installed() -> bool:
    """Whether betterleaks is there."""
    return _scanner() is not None


@cache
def _scanner() -> ModuleType | None:
    try:
        return import_module("betterleaks")
    except (ImportError, OSError):
        return None
