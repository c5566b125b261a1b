"""Diagnostics as JSON: the object of interfaces, code points, and the same bytes whatever the seed and the order."""

import json
import os
import subprocess
import sys
from pathlib import Path

from hdsl.check.diagnostic import Diagnostic, Edit, Fix, Place, Related
from hdsl.check.render.json import render
from hdsl.check.session import check_file
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span
from tests.check.texts import LOOP, REPLY, check_text

_PROGRAM = """
import sys
from pathlib import Path
from hdsl.check.session import check_file
from hdsl.check.render.json import render
files = sys.argv[1:]
found = [diagnostic for file in files for diagnostic in check_file(Path(file)).diagnostics]
sys.stdout.buffer.write(render(found, files).encode())
"""


def test_the_object_has_all_its_keys_in_order():
    place = Place(Source("a.hg", "hdsl 1\n你好 x\n"), Span(10, 11))
    diagnostic = Diagnostic(
        "HG402",
        "dimension-mismatch",
        "error",
        "Message.",
        place,
        (Related("T is 30 here", Place(place.source, Span(7, 9))),),
        "text[1, T]",
        "text[1]",
        "Help.",
        (Fix("Title", "safe", (Edit(place, "y"),)),),
    )
    span = {"start": {"line": 2, "column": 4, "offset": 10}, "end": {"line": 2, "column": 5, "offset": 11}}
    other = {"start": {"line": 2, "column": 1, "offset": 7}, "end": {"line": 2, "column": 3, "offset": 9}}
    expected = {
        "version": 1,
        "files": ["a.hg", "b.hg"],
        "diagnostics": [
            {
                "code": "HG402",
                "name": "dimension-mismatch",
                "severity": "error",
                "message": "Message.",
                "file": "a.hg",
                "span": span,
                "related": [{"message": "T is 30 here", "file": "a.hg", "span": other}],
                "expected": "text[1, T]",
                "found": "text[1]",
                "help": "Help.",
                "url": "docs/diagnostics/HG402.md",
                "fixes": [
                    {
                        "title": "Title",
                        "applicability": "safe",
                        "edits": [{"file": "a.hg", "span": span, "text": "y"}],
                    }
                ],
            }
        ],
        "summary": {"errors": 1, "warnings": 0},
    }
    text = render([diagnostic], ["b.hg", "a.hg", "b.hg"])
    assert json.loads(text) == expected
    assert json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n" == text
    assert list(json.loads(text)["diagnostics"][0]) == list(expected["diagnostics"][0])


def test_letters_are_written_as_they_are_and_halves_of_characters_escaped(tmp_path):
    text = render(check_text(tmp_path, REPLY.replace("llm(message)", 'until_label(message, "ü", x="\\ud800")')), [])
    assert "\\u00fc" not in text
    text.encode("utf-8")
    place = Place(Source("a.hg", "x"), Span(0, 1))
    text = render([Diagnostic("HG101", "n", "error", "\ud800ü", place)], [])
    text.encode("utf-8")
    found = json.loads(text)
    assert found["diagnostics"][0]["message"] == "\ud800ü"


def test_the_same_bytes_whatever_the_hash_seed_and_the_order_of_arguments(tmp_path):
    (tmp_path / "shared.hg").write_text(REPLY.replace("llm(message)", "llm(mesage)"))
    (tmp_path / "a.hg").write_text(LOOP.replace("(before, decide,", "(befor, decid,").replace("T: dim", "T: dimm"))
    (tmp_path / "b.hg").write_text(
        REPLY.replace("hdsl 1\n", 'hdsl 1\nuse "shared.hg" as shared\n').replace(
            "llm(message)", "shared.replly(mesage)"
        )
    )
    (tmp_path / "c.hg").write_text(LOOP.replace("switch action { ", 'switch action { "txt:" => typed, '))
    orders = [
        ["a.hg", "b.hg", "c.hg", "shared.hg"],
        ["shared.hg", "c.hg", "a.hg", "b.hg"],
        ["c.hg", "b.hg", "shared.hg", "a.hg"],
    ]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM, *order],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed, order in zip(("0", "1", "4711"), orders, strict=True)
    }
    assert len(outputs) == 1
    document = json.loads(outputs.pop())
    assert document["files"] == ["a.hg", "b.hg", "c.hg", "shared.hg"]
    order = [(each["file"], each["span"]["start"]["offset"], each["code"]) for each in document["diagnostics"]]
    assert order == sorted(order)
    assert [code for file, _, code in order if file == "shared.hg"] == ["HG101"]


def test_positions_of_an_unreadable_file_count_from_one(tmp_path):
    path = tmp_path / "a.hg"
    path.write_bytes(b"hdsl 1\n\n# caf\xe9\n")
    document = json.loads(render(check_file(Path(path)).diagnostics, [str(path)]))
    assert document["diagnostics"][0]["span"]["start"] == {"line": 3, "column": 6, "offset": 13}
