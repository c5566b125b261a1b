"""The extension for VS Code: its files say what the language says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hdsl.check.session import check_file
from hdsl.graph.signature import EFFECTS
from hdsl.graph.types import BUILT_IN, OPTION_KINDS
from hdsl.syntax.parser import parse
from hdsl.syntax.tree import RESERVED

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"
SNIPPETS = json.loads((FOLDER / "snippets.json").read_text())


def patterns(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [text for key, text in value.items() if key in ("match", "begin", "end") and isinstance(text, str)]
        return own + [pattern for each in value.values() for pattern in patterns(each)]
    return [pattern for each in value for pattern in patterns(each)] if isinstance(value, list) else []


def test_the_grammar_knows_every_word_of_the_language():
    grammar = json.loads((FOLDER / "syntaxes" / "hg.tmLanguage.json").read_text())
    found = patterns(grammar)
    for pattern in found:
        re.compile(pattern)
    words = set(re.findall(r"[a-z]+", " ".join(found)))
    assert words >= {*RESERVED, *EFFECTS, *BUILT_IN, *OPTION_KINDS, "true", "false", "load"}
    assert "|".join(EFFECTS) in " ".join(found)


def test_the_manifest_names_files_that_are_there():
    manifest = json.loads((FOLDER / "package.json").read_text())
    contributed = manifest["contributes"]
    paths = [each["path"] for each in (*contributed["grammars"], *contributed["snippets"])]
    paths += [each["configuration"] for each in contributed["languages"]]
    assert all((FOLDER / path).is_file() for path in paths)
    assert contributed["configuration"]["properties"]["hdsl.command"]["default"] == ["hdsl", "lsp"]
    json.loads((FOLDER / "language-configuration.json").read_text())


def plain(body: list[str]) -> str:
    """The text of a snippet with its placeholders filled in."""
    text = re.sub(r"\$\{(\d+):([^}]*)\}", r"\2", "\n".join(body))
    return re.sub(r"\$\{?\d+\}?", "word", re.sub(r"\$0", "", fill(text, body)))


def fill(text: str, body: list[str]) -> str:
    """A placeholder is named once and repeated by its number."""
    for number, name in re.findall(r"\$\{(\d+):([^}]*)\}", "\n".join(body)):
        text = text.replace(f"${{{number}}}", name)
    return text


@pytest.mark.parametrize("name", sorted(SNIPPETS))
def test_snippets_parse(name):
    text = plain(SNIPPETS[name]["body"])
    if name == "Harness":
        text = text.replace("= \n", "= llm(input)\n")
    if name in ("Expert", "Switch"):
        text = f"harness h() -> text[1] {{\n{text}\nreturn x\n}}"
    whole = text if text.startswith("hdsl") else f"hdsl 1\n\n{text}\n"
    assert parse(whole).faults == ()


@pytest.mark.parametrize(("name", "head"), [("File", ""), ("Loop in a terminal", "hdsl 1\n\nuse std.terminal\n\n")])
def test_whole_snippets_check(name, head, tmp_path):
    file = tmp_path / "snippet.hg"
    file.write_text(head + plain(SNIPPETS[name]["body"]).rstrip() + "\n")
    assert [each.message for each in check_file(file).diagnostics] == []
