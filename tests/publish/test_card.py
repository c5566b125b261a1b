"""The card: small enough for a prompt, complete, and what it shows checks."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hdsl.check.library import library
from hdsl.check.session import check_file
from hdsl.publish.card import EXAMPLE, card_json, card_text
from hdsl.syntax.ebnf import is_terminal, read_grammar
from hdsl.syntax.format import format_source
from hdsl.syntax.grammar import grammar_text
from hdsl.syntax.tree import RESERVED

MOST_BYTES = 16_000


def check(folder: Path, text: str) -> list[str]:
    path = folder / "card.hg"
    path.write_text(text, encoding="utf-8")
    return [f"{found.code} {found.message}" for found in check_file(path).diagnostics]


def test_it_fits_in_a_prompt() -> None:
    assert len(card_text().encode()) <= MOST_BYTES


def test_its_example_checks_and_has_the_one_layout(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"task": "list files", "expected": "a.txt"}\n', encoding="utf-8")
    assert check(tmp_path, EXAMPLE) == []
    assert format_source(EXAMPLE) == EXAMPLE
    assert f"```hg\n{EXAMPLE}```" in card_text()


def test_the_forms_it_shows_check(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"query": "q", "key": "k", "value": "v"}\n', encoding="utf-8")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "rows.hg").write_text("hdsl 1\n\nexperience more: text -> text = []\n", encoding="utf-8")
    forms = [
        *("dim K = 3", 'use "lib/rows.hg" as rows', 'experience e: K -> V = load("rows.jsonl")', "= []"),
        *('op shout(x: text[*S], mark: str = "!") -> text[*S] = "module:function"', "budget(llm_calls=2, per=[B])"),
        'type Person { name: text "as signed", age: int?, tags: list(text) }',
        'type Step { "search:" Query: "look it up", "done" }',
        *("q: Query[B] = payload(step)", "v: Verdict[B] = llm(x)", "p: Person[B] = llm(x)"),
        'note: text[B] = "Q: {x}, {p.name}"',
        *('switch x { "a" => y, else => z }', "x[0, 1:4, :, ..., None]", 'until=terminal.until_exit(command="pytest")'),
    ]
    for form in forms:
        assert f"`{form}`" in card_text()
    text = '''\
hdsl 1

use std.agents
use std.terminal
use "lib/rows.hg" as rows

dim K = 3

experience e: text -> text = load("rows.jsonl")

experience act: text -> agents.Action = []

op shout(x: text[*S], mark: str = "!") -> text[*S] = "module:function"

harness batch(b: text[B], w: text[B, 9, 2]) -> text[B] {
  budget(llm_calls=2, per=[B])

  y: text[B]             = expert(b, e)
  z: text[B]             = expert(y, rows.more, topk=2)
  x: text[B]             = switch z { "a" => y, else => z }
  i: text[K, 2, 1]       = w[0, 1:4, :, ..., None]
  j: text[K, 2]          = merge(i)
  k: text[K]             = merge(j)
  l: text[]              = merge(k)
  m: text[B]             = expand(l, to=[B])
  s: text[B]             = shout(m, mark="?")
  note: text[B]          = "Q: {x}, {s}"
  return note
}

type Person { name: text "as signed", age: int?, tags: list(text) }
type Query { words: text, most: int? }
type Verdict { "accept", "reject" }
type Step { "search:" Query: "look it up", "done" }

# The forms of records, and what the annotation says.
harness forms(x: text[B]) -> text[B] {
  p:    Person[B]  = llm(x)
  v:    Verdict[B] = llm(p.name)
  step: Step[B]    = llm(v)
  q:    Query[B]   = payload(step)
  note: text[B]    = "Q: {x}, {p.name}, {q.words}"
  return note
}

test "stubs" {
  given forms.p = """{"name": "Ann", "tags": []}"""
  given forms.v = "accept"
  given forms.step = """search:{"words": "hg"}"""
  out: text[1] = forms("x")
  expect contains(out, "hg")
}

harness worker(log: text[1], shell: session[1]) -> text[1] {
  done: text[1] = agents.terminal_agent(log, act, shell, until=terminal.until_exit(command="pytest"))
  return done
}
'''
    assert check(tmp_path, text) == []


def test_every_operation_is_in_it_with_its_effects_and_comment() -> None:
    lines = card_text().splitlines()
    for module in library().values():
        for signature in module.callables.values():
            effects = "".join(f" {effect}" for effect in signature.effects)
            doc = module.source.documentation(signature.span.start)
            assert doc, signature.name
            if doc.startswith("Older"):
                assert not any(line.startswith(f"{signature.name}(") for line in lines)
                continue
            (line,) = [line for line in lines if line.startswith(f"{signature.name}(") and line.endswith(f" # {doc}")]
            assert f"{effects} #" in line
            for option in signature.options:
                assert re.search(rf"\b{option.name}[=:]", line)


def test_every_keyword_of_the_grammar_is_in_it() -> None:
    keywords = {name.lower() for name in read_grammar(grammar_text()) if is_terminal(name)} & RESERVED
    assert keywords
    text = card_text().rpartition("- Reserved")[0]
    for keyword in keywords:
        assert re.search(rf"\b{keyword}\b", text), keyword


def test_as_data_it_says_the_same() -> None:
    data = json.loads(json.dumps(card_json()))
    names = {(operation["module"], operation["name"]) for operation in data["operations"]}
    assert names == {
        (name, each)
        for name, module in library().items()
        for each, found in module.callables.items()
        if not module.source.documentation(found.span.start).startswith("Older")
    }
    assert data["example"] == EXAMPLE
    assert all(rule in card_text() for rule in (*data["forms"], *data["rules"]))
    until = next(operation for operation in data["operations"] if operation["name"] == "until_exit")
    assert until["signature"].startswith("until_exit(screen: text[*S], shell: session[*S], command: str, code: int = 0")
    assert until["inputs"][1] == {
        "name": "shell",
        "type": "session",
        "shape": ["*S"],
        "repeated": False,
        "optional": False,
    }
    assert until["options"][0] == {"name": "command", "kind": "str", "required": True, "default": None}
    assert {"name": "wait", "bound": "timeout"} in until["effects"]
    assert until["result"] == {"type": "text", "shape": ["*S"]}
    action = next(kind for kind in data["labels"] if kind["name"] == "Action")
    assert [label["text"] for label in action["labels"]] == ["text:", "key:"]


@pytest.mark.parametrize("module", ["hdsl.publish.card", "hdsl.syntax.format", "hdsl.syntax.export"])
def test_it_loads_nothing_heavy(module: str) -> None:
    heavy = "{'torch', 'numpy', 'aiohttp', 'libtmux', 'rich'}"
    code = f"import sys, {module}; {module}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
