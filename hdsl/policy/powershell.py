"""What code of PowerShell would do, by its commands."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from hdsl.policy.effects import Effect, ShellText
from hdsl.policy.harm import Harm, read, written
from hdsl.policy.texts import DECODED

_REMOVES = re.compile(r"(?i)(?<![\w-])(?:Remove-Item|ri|rm|rmdir|del|erase|rd)(?![\w-])([^;\n]*)")
_RECURSES = re.compile(r"(?i)(?<!\S)(?:-r(?:e|ec|ecu|ecur|ecurs|ecurse)?|-rf|-fr|/s)(?![\w-])")
_RUNS_TEXT = re.compile(r"(?i)(?<![\w-])(?:iex|Invoke-Expression)(?![\w-])|\[scriptblock\]::Create")
_FETCHES = re.compile(
    r"(?i)(?<![\w-])(?:iwr|irm|curl|wget|Invoke-WebRequest|Invoke-RestMethod)(?![\w-])|DownloadString|DownloadData|WebClient"
)
_OTHERS = (
    ("power", "stops or restarts the machine", r"(?i)\b(?:Stop|Restart)-Computer\b"),
    ("disk-write", "changes a disk", r"(?i)\b(?:Format-Volume|Clear-Disk|Initialize-Disk|Remove-Partition)\b"),
    ("kill-all", "ends processes that it did not start", r"(?i)\bGet-Process\b[^;\n]*\|\s*(?:Stop-Process|kill)\b"),
    ("credentials", "shows all environment variables", r"(?i)\b(?:Get-ChildItem|gci|ls|dir)\s+env:"),
    ("truncation", "empties many files", r"(?i)\bClear-Content\b[^;\n]*\*"),
)
_WRITES = re.compile(r"(?i)(?:>>?|\b(?:Set|Add)-Content\b|\bOut-File\b)\s*(?:-\w+\s+)*['\"]?([^\s'\";|]+)")


_BEFORE = 500
"""How far back it is looked for what a command is piped from."""


def powershell_effects(code: str) -> Iterator[Effect]:
    """Everything that the code would do."""
    bare = re.sub(r"(?<=['\"])[^'\"\n]*(?=['\"])", lambda found: re.sub(r"\s", "_", found[0]), code)
    for found in _REMOVES.finditer(bare):
        piped = re.search(
            r"\|\s*(?:%\s*\{|ForEach-Object\b[^;\n]*)?\s*$", bare[max(0, found.start() - _BEFORE) : found.start()]
        )
        if _RECURSES.search(found[1]) or piped:
            yield Harm("recursive-delete", "deletes folders with all that is in them, or many files at once")
    if _RUNS_TEXT.search(bare):
        if _FETCHES.search(code):
            yield Harm("remote-code", "runs what a server says")
        elif re.search(r"(?i)FromBase64String|Get-Content|\bgc\b|\bcat\b", code):
            yield Harm("disguise", "runs a text that is only known when it runs")
    for kind, reason, pattern in _OTHERS:
        if re.search(pattern, bare):
            yield Harm(kind, reason)
    for path in _WRITES.findall(code):
        yield from written(path, appends=True)
    for path in re.findall(r"[~/$][^\s'\";|,()]*", code):
        yield from read(path)
    for statement in re.split(r"[;\n]", code):
        if re.match(r"\s*+&?\s*+[A-Za-z/.][\w./-]*+(?:\s|$)", statement) and not re.match(r"\s*\w+-\w", statement):
            yield ShellText(statement.strip().lstrip("&"))


def encoded(text: str) -> str:
    """The code that `-EncodedCommand` is given."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-16-le")
    except (ValueError, binascii.Error):
        return DECODED
