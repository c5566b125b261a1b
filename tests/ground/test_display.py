"""Nothing that a terminal would act on is left in a text that is shown."""

from hypothesis import given
from hypothesis import strategies as st

from hdsl.ground.display import marked_line, one_line, safe


def test_escape_sequences_are_shown_and_not_done() -> None:
    assert safe("\x1b]52;c;ZXZpbA==\x07") == "\\x1b]52;c;ZXZpbA==\\x07"
    assert safe("user\u202etxt.exe") == "user\\u202etxt.exe"
    assert safe("a\tb\r\nc") == "a\tb\nc"
    assert safe("progress\rdone \x9b2J") == "progress\\x0ddone \\x9b2J"


@given(st.text(st.characters(exclude_categories=[])))
def test_no_control_is_left(text: str) -> None:
    shown = safe(text)
    assert all(character in "\n\t" or ord(character) >= 0x20 for character in shown)
    assert not any("\x7f" <= character <= "\x9f" for character in shown)
    shown.encode("utf-8")
    assert safe(shown) == shown


def test_one_line_is_one_line() -> None:
    assert one_line("a\n\n b\u2028c") == "a b c"
    assert one_line("x" * 300, 10) == "x" * 9 + "…"


def test_a_marked_line_shows_where_lines_break() -> None:
    assert marked_line("a\n\tb\x1b") == "a ⏎  b\\x1b"
    assert marked_line("x" * 300, 10) == "x" * 9 + "…"
