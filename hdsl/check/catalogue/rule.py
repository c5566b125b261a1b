"""What the catalogue has of one code: its templates, and its page with an example, wrong and fixed."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

Beside: TypeAlias = tuple[tuple[str, str | bytes | int], ...]
"""Files beside an example by name: a text, bytes that are not UTF-8, or the size of a file of blank lines."""

EXAMPLE = "example.hg"
"""The name of the example's own file, for the files beside it that use it."""

_BLOCK = re.compile(
    r"^(?:`(?P<name>[^`\n]+)`(?P<latin>, in Latin-1)?:\n\n)?(?P<fence>`{3,})\w*\n(?P<text>.*?)^(?P=fence)$"
    r"|^`(?P<large>[^`\n]+)`: a file of (?P<size>[\d,]+) bytes\.$",
    re.MULTILINE | re.DOTALL,
)
_FIELD = re.compile(r"^(\w+): (?:'(.*)'|(.*))$", re.MULTILINE)


class Example(NamedTuple):
    """A whole file, and the files beside it."""

    text: str
    files: Beside = ()


class Rule(NamedTuple):
    """A code of the checker. `message` and `help` are templates; `page` is the rest of its file."""

    code: str
    name: str
    severity: str
    message: str
    help: str
    page: str

    @property
    def can_be_lowered(self) -> bool:
        """Whether the program is still complete: warnings, and errors that are only looked for in complete programs."""
        return self.severity == "warning" or self.code[2] == "5" or self.name == "over-budget"

    @property
    def explanation(self) -> str:
        """What the code means, in some sentences."""
        return self.page.partition("\n## Wrong\n")[0].strip()

    @property
    def wrong(self) -> Example:
        """An example that gives this code and no other."""
        return _example(self.page.partition("\n## Wrong\n")[2].partition("\n## Fixed\n")[0])

    @property
    def fixed(self) -> Example:
        """The same example without the fault. Files beside it that are not shown again stay the same."""
        text, files = _example(self.page.partition("\n## Fixed\n")[2])
        return Example(text, tuple({**dict(self.wrong.files), **dict(files)}.items()))


def parsed_rule(code: str, name: str, text: str) -> Rule:
    """The rule in a file of the catalogue: Markdown, with front matter whose texts stand in single quotes."""
    _, front, page = text.split("---\n", 2)
    fields = {key: quoted.replace("''", "'") or plain for key, quoted, plain in _FIELD.findall(front)}
    return Rule(code, name, fields["level"], fields["message"], fields.get("help", ""), page)


def _example(section: str) -> Example:
    files = dict(map(_file, _BLOCK.finditer(section)))
    text = files.pop(EXAMPLE)
    assert isinstance(text, str)
    return Example(text, tuple(files.items()))


def _file(block: re.Match[str]) -> tuple[str, str | bytes | int]:
    """The name and content of a file that a section shows."""
    if block["size"]:
        return block["large"], int(block["size"].replace(",", ""))
    return block["name"] or EXAMPLE, block["text"].encode("latin-1") if block["latin"] else block["text"]
