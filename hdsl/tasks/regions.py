"""Answers put into the files of a repository."""

import textwrap
from collections.abc import Mapping
from typing import Any

from hdsl.tasks.model import Region


def with_answer(source: str, region: Region, answer: str) -> str:
    """The file with an answer in place of the region; an answer without code leaves nothing there but `pass`."""
    lines = source.split("\n")
    text = textwrap.dedent(answer.expandtabs() if "\t" in answer else answer).strip("\n")
    put = textwrap.indent(text or "pass", region.indent).split("\n")
    return "\n".join([*lines[: region.first - 1], *put, *lines[region.last :]])


def is_whole(source: str, region: Region, answer: str) -> bool:
    """Whether putting the answer in gives the file as it is, but for blanks at the end of lines."""
    put = with_answer(source, region, answer)
    return [line.rstrip() for line in put.split("\n")] == [line.rstrip() for line in source.split("\n")]


def region_as_json(region: Region) -> dict[str, Any]:
    """A region as JSON."""
    return {"file": region.file, "first": region.first, "last": region.last, "indent": region.indent}


def region_of(value: Mapping[str, Any]) -> Region:
    """A region from its JSON."""
    return Region(str(value["file"]), int(value["first"]), int(value["last"]), str(value["indent"]))
