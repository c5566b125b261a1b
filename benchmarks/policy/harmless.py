"""Harmless command lines: examples of the tldr pages, with their placeholders filled in."""

import json
import re
from pathlib import Path

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")
_ROOT = re.compile(r"\b(?:sudo|doas|su|pkexec)\b")


def harmless_lines(folder: Path, count: int) -> tuple[list[str], int]:
    """The first `count` lines of `dev.jsonl`, and how many before them were left out.

    Left out are those that ask for another user's rights: the policy denies these by design. All others stay, also
    those that one may well call destructive: they count against the policy.
    """
    found: list[str] = []
    left_out = 0
    with (folder / "dev.jsonl").open(encoding="utf-8") as file:
        for line in file:
            command = json.loads(line)["command"]
            if _ROOT.search(command):
                left_out += 1
                continue
            found.append(_PLACEHOLDER.sub(_filled, command))
            if len(found) == count:
                break
    return found, left_out


def _filled(found: re.Match[str]) -> str:
    text = found[1]
    if text.startswith("[") and text.endswith("]") and "|" in text:
        return text[1:-1].split("|")[-1]
    return text.split("|")[0] if "|" in text and " " not in text else text
