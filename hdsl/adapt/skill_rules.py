"""The published rules of skills (agentskills.io), checked before a skill is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

MOST_LINES = 500
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEYS = frozenset({"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
_LINE = re.compile(r'(?P<key>[A-Za-z0-9-]+):(?: (?P<value>".*"))?')
_LINK = re.compile(r"(?:scripts|references|assets)/[\w/-]+(?:\.\w+)*")


def problems_of(folder: str, files: Mapping[str, object], text: str) -> list[str]:
    """What is wrong with a skill: the name of its folder, the files in it, and its SKILL.md; a sentence each."""
    return list(_problems(folder, files, text))


def _problems(folder: str, files: Mapping[str, object], text: str) -> Iterator[str]:
    lines = text.split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        yield "SKILL.md does not begin with frontmatter"
        return
    end = lines.index("---", 1)
    found: dict[str, str] = {}
    for line in lines[1:end]:
        match = _LINE.fullmatch(line.strip())
        if match is None:
            yield f"a line of the frontmatter cannot be read: {line}"
        elif not line.startswith(" "):
            found[match["key"]] = (match["value"] or "")[1:-1]
    unknown = sorted(found.keys() - _KEYS)
    if unknown:
        yield f"{', '.join(unknown)} are not portable keys"
    name = found.get("name", "")
    if not _NAME.fullmatch(name) or len(name) > 64:
        yield f"the name {name!r} is not small letters, digits and single hyphens, 64 at most"
    if name != folder:
        yield f"the folder {folder!r} is not called as the skill is, {name!r}"
    for key, most in (("description", 1024), ("compatibility", 500)):
        if len(found.get(key, "")) > most or (key == "description" and not found.get(key)):
            yield f"the {key} has 1 to {most} characters"
    body = lines[end + 1 :]
    if len(body) >= MOST_LINES:
        yield f"the body has {len(body)} lines, and {MOST_LINES} are too many"
    for link in _LINK.findall("\n".join(body)):
        if link not in files:
            yield f"{link} is named and is not there"
        if link.count("/") > 1:
            yield f"{link} is more than one level deep"
