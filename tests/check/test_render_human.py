"""Diagnostics for people: marks under the fault, other places, multi-line spans, colours, hostile texts."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hdsl.check.diagnostic import Diagnostic, Edit, Fix, Place, Related
from hdsl.check.render.columns import WIDEST, marked, width
from hdsl.check.render.human import render, render_one
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


def _diagnostic(text: str, start: int, end: int, **more) -> Diagnostic:
    place = Place(Source("a.hg", text), Span(start, end))
    return Diagnostic("HG101", "unknown-name", "error", "`x` is not defined here.", place, **more)


def _lines(diagnostic: Diagnostic) -> list[str]:
    return render_one(diagnostic).splitlines()


def test_a_diagnostic_with_everything():
    text = "hdsl 1\nabc = def(x)\n"
    source = Source("b.hg", text)
    diagnostic = _diagnostic(
        text,
        17,
        18,
        related=(Related("`abc` comes from here", Place(source, Span(7, 10))),),
        expected="text[1]",
        found="text[2]",
        help="Did you mean `y`?",
        fixes=(
            Fix("Write `y`", "safe", (Edit(Place(source, Span(17, 18)), "y"),)),
            Fix("Take it away", "unsafe", ()),
        ),
    )
    assert render_one(diagnostic) == (
        "error[HG101] unknown-name: `x` is not defined here.\n"
        " --> a.hg:2:11\n"
        "  |\n"
        "2 | abc = def(x)\n"
        "  |           ^\n"
        "  = expected: text[1]\n"
        "  = found:    text[2]\n"
        "note: `abc` comes from here\n"
        " --> b.hg:2:1\n"
        "  |\n"
        "2 | abc = def(x)\n"
        "  | ---\n"
        "help: Did you mean `y`?\n"
        "fix: Write `y` (`hdsl check --fix` applies it)\n"
        "fix: Take it away (review it before you apply it)\n"
    )


@pytest.mark.parametrize(
    ("line", "what", "shown", "marks"),
    [
        ("a = b", "b", "a = b", "    ^"),
        ("\ta = b", "b", "    a = b", "        ^"),
        ("ab\tb", "b", "ab  b", " ^"),
        ('"你好", x', "x", '"你好", x', "        ^"),
        ('"你好", x', "你好", '"你好", x', " ^^^^"),
        ("e\u0301 = x", "x", "e\u0301 = x", "    ^"),
        ("👩‍💻 x", "x", "👩‍💻 x", "     ^"),
        ("a\x1b[31m x", "x", "a␛[31m x", "       ^"),
        ("a\u202e x", "x", "a\ufffd x", "   ^"),
        ("a\x00 x", "x", "a␀ x", "   ^"),
    ],
)
def test_marks_stand_under_what_is_meant(line, what, shown, marks):
    start = line.index(what)
    rendered = _lines(_diagnostic(line + "\n", start, start + len(what)))
    assert rendered[3] == f"1 | {shown}"
    assert rendered[4] == f"  | {marks}"


def test_a_place_at_the_end_of_a_line_or_file_is_marked_by_one_column():
    assert _lines(_diagnostic("ab\ncd", 2, 2))[3:5] == ["1 | ab", "  |   ^"]
    assert _lines(_diagnostic("ab\n", 3, 3))[1:5] == [" --> a.hg:2:1", "  |", "2 |", "  | ^"]
    assert _lines(_diagnostic("", 0, 0))[1:5] == [" --> a.hg:1:1", "  |", "1 |", "  | ^"]


def test_a_span_of_several_lines_shows_its_first_and_last():
    text = "switch a {\n  b\n  c\n} d\n"
    assert _lines(_diagnostic(text, 7, text.index("} d") + 1))[3:] == [
        "1 | switch a {",
        "  |        ^^^",
        "...",
        "4 | } d",
        "  | ^",
    ]
    assert _lines(_diagnostic("a (\n  b)\n", 2, 8))[3:] == ["1 | a (", "  |   ^", "2 |   b)", "  |   ^^"]


def test_crlf_is_no_part_of_a_line():
    assert _lines(_diagnostic("ab\r\ncd\r\n", 4, 6))[1:] == [" --> a.hg:2:1", "  |", "2 | cd", "  | ^^"]


def test_the_gutter_is_as_wide_as_the_largest_line_number():
    text = "\n" * 99 + "abc\n"
    rendered = _lines(_diagnostic(text, 99, 102, related=(Related("here", Place(Source("a.hg", text), Span(0, 0))),)))
    assert rendered[3:5] == ["100 | abc", "    | ^^^"]
    assert rendered[6:9] == ["   --> a.hg:1:1", "    |", "  1 |"]


@given(st.text(alphabet=st.characters(exclude_characters="\n\r")), st.integers(0, 400), st.integers(0, 400))
def test_any_line_is_shown_within_the_width_with_marks_inside(line, start, length):
    start = min(start, len(line))
    text, marks = marked(line, start, min(len(line), start + length), "^")
    assert width(text) <= WIDEST + 2
    assert marks.strip("^ ") == ""
    assert "^" in marks
    assert len(marks) <= width(text) + 1


def test_a_long_line_is_cut_around_the_mark():
    line = "a" * 500 + "MARK" + "b" * 500
    text, marks = marked(line, 500, 504, "^")
    start = marks.index("^")
    assert text.startswith("…") and text.endswith("…")
    assert text[start : start + 4] == "MARK"
    assert marks.strip() == "^^^^"


def test_colour_only_where_it_is_asked_for():
    diagnostic = _diagnostic("x\n", 0, 1, help="Help.")
    assert "\x1b" not in render([diagnostic], ["a.hg"])
    coloured = render([diagnostic], ["a.hg"], colour=True)
    assert "\x1b[1;31merror[HG101]\x1b[0m" in coloured
    assert coloured.count("\x1b[") == 2 * coloured.count("\x1b[0m")


def test_hostile_messages_reach_no_terminal():
    diagnostic = _diagnostic("x\n", 0, 1, help="\x1b]0;owned\x07", expected="\x1b[2J", found="\u2066a")
    assert not set("\x1b\x07\u2066") & set(render([diagnostic], ["a.hg"]))


def test_the_summary_counts_errors_warnings_and_files():
    error = _diagnostic("x\n", 0, 1)
    warning = Diagnostic("HG104", "unused-node", "warning", "Unused.", Place(Source("b.hg", "y"), Span(0, 1)))
    assert render([], ["a.hg"]) == "1 file checked: no errors.\n"
    assert render([error, warning], ["a.hg", "b.hg"]).endswith(
        "2 files checked: 1 error, 1 warning. Run `hdsl explain CODE` for details.\n"
    )
    assert "2 warnings." not in render([warning, warning], ["b.hg"])


def test_diagnostics_come_by_file_start_and_code_once_each():
    found = [
        Diagnostic("HG104", "b", "error", "m", Place(Source("b.hg", "xy"), Span(0, 1))),
        Diagnostic("HG104", "a", "error", "m", Place(Source("a.hg", "xy"), Span(1, 2))),
        Diagnostic("HG105", "c", "error", "m", Place(Source("a.hg", "xy"), Span(0, 1))),
        Diagnostic("HG101", "d", "error", "m", Place(Source("a.hg", "xy"), Span(0, 1))),
    ]
    shown = render([*found, *found], ["a.hg"])
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("error")] == ["d:", "c:", "a:", "b:"]
