"""Positions of the protocol: units of each encoding, also in padded sources, also with astral characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from hdsl.editor.positions import Positions
from hdsl.syntax.padding import lines_of, padded
from hdsl.syntax.source import Source
from tests.editor.client import editing

TEXTS = st.text(st.sampled_from('ab"\\ é漢🙂\n\r\x0c\u2028'), max_size=40)
UNITS = {
    "utf-8": lambda text: len(text.encode("utf-8")),
    "utf-16": lambda text: len(text.encode("utf-16-le")) // 2,
    "utf-32": len,
}
FILE = """\
hdsl 1

# 🙂 says 🙂
harness greet(name: text[1]) -> text[1] {
  a: text[1] = llm(name, task="🙂 漢 é 🙂") b: text[1] = join(a, wrong)
  return b
}
"""


@given(TEXTS, st.sampled_from(sorted(UNITS)), st.data())
def test_each_offset_is_found_again(text, encoding, data):
    source = Source("", padded(lines_of(text)))
    positions = Positions(source, text, encoding)
    plain = Source("", text)
    offset = data.draw(st.integers(0, len(text)))
    if text[offset - 1 : offset + 1] == "\r\n":
        return
    line, column = plain.position(offset)
    inside = source.line_starts[line - 1] + column - 1
    position = positions.position(inside)
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    assert position.line == before.count("\n")
    assert position.character == UNITS[encoding](before.rpartition("\n")[2])
    assert positions.offset(position) == inside


@given(TEXTS, st.integers(0, 9), st.integers(0, 60), st.sampled_from(sorted(UNITS)))
def test_any_position_is_a_place_of_the_text(text, line, character, encoding):
    positions = Positions(Source("", text), text, encoding)
    offset = positions.offset(lsp.Position(line, character))
    assert 0 <= offset <= len(text)
    found = positions.position(offset)
    assert (found.line, found.character) <= (line, character)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, "utf-16"),
        pytest.param(["utf-16"], "utf-16", marks=pytest.mark.slow),
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-32", "utf-8", "utf-16"], "utf-32"),
    ],
)
def test_the_encoding_is_the_one_that_the_editor_would_rather_have(offered, chosen, tmp_path):
    kinds = None if offered is None else [lsp.PositionEncodingKind(each) for each in offered]
    with editing(tmp_path, kinds) as editor:
        assert editor.server.capabilities.position_encoding == chosen
        (found,) = editor.open("greet.hg", FILE)
        line = FILE.split("\n")[4]
        at = line.index("wrong")
        units = UNITS[chosen]
        assert (found.range.start.line, found.range.start.character) == (4, units(line[:at]))
        assert found.range.end.character == units(line[: at + 5])
        position = lsp.Position(4, units(line[: line.index("a, wrong")]))
        params = lsp.HoverParams(**editor.document("greet.hg"), position=position)
        assert "a: text[1]" in editor.ask("text_document_hover_async", params).contents.value
