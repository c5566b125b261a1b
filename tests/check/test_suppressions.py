"""`# hdsl: allow CODE because …`: what it takes away, where, and what is said of one that is wrong."""

import pytest

from hdsl.check.session import check_file
from tests.check.texts import LOOP, REPLY, check_text

SPARE = "  spare: text[1] = first_line(answer)"
UNUSED = REPLY.replace("  return", f"{SPARE}\n  return")
UNCHECKED = (
    LOOP.partition("test")[0]
    .replace("terminal.until_idle(turn, shells)", "first_line(turn)")
    .replace("  budget(llm_calls=30, seconds=300)\n\n", "")
)


def lines(*comments: str, behind: str = "", text: str = UNUSED) -> str:
    """The text with comments above the unused node, and behind it."""
    return text.replace(SPARE, "".join(f"  {comment}\n" for comment in comments) + SPARE + behind)


def codes(folder, text: str) -> list[str]:
    return [diagnostic.code for diagnostic in check_text(folder, text)]


@pytest.mark.parametrize(
    "text",
    [
        lines(behind="  # hdsl: allow HG104 because soon"),
        lines("# hdsl: allow HG104 because soon"),
        lines("# hdsl: allow HG104 because soon", "# and another comment"),
        lines("#hdsl:allow hg104 because soon"),
        lines("# hdsl: allow unused-node because soon"),
    ],
)
def test_what_is_allowed_with_a_reason_is_not_shown(tmp_path, text):
    assert codes(tmp_path, UNUSED) == ["HG104"]
    assert codes(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (lines("# hdsl: allow HG104"), ["HG720"]),
        (lines("# hdsl: allow HG104 because"), ["HG720"]),
        (lines("# hdsl: allow HG104 because  "), ["HG720"]),
        (lines("# hdsl: allow"), ["HG720", "HG104"]),
        (lines("# hdsl: allow HG104 because soon", ""), ["HG721", "HG104"]),
        (lines("# hdsl: allow HG105 because soon"), ["HG721", "HG104"]),
        (lines("# hdsl: allow HG104, HG105 because soon"), ["HG721"]),
        (lines("# hdsl: allow HG999 because soon"), ["HG722", "HG104"]),
        (lines("# hdsl: allow HG101 because soon"), ["HG722", "HG104"]),
        (REPLY.replace("  answer", "  # hdsl: allow HG104 because soon\n  answer"), ["HG721"]),
        (REPLY.replace("llm(message)", 'llm(message, task="# hdsl: allow HG104")'), []),
        (lines("# not hdsl: allow HG104 because soon"), ["HG104"]),
    ],
)
def test_one_that_is_wrong_is_a_diagnostic_of_its_own(tmp_path, text, expected):
    assert codes(tmp_path, text) == expected


def test_nothing_is_said_of_an_unneeded_one_beside_an_error_which_may_hide_what_it_allows(tmp_path):
    text = lines("# hdsl: allow HG104 because soon").replace("llm(message)", "llm(mesage)")
    assert codes(tmp_path, text) == ["HG101"]


def test_an_effect_of_a_whole_program_can_be_allowed(tmp_path):
    assert codes(tmp_path, UNCHECKED) == ["HG507"]
    allowed = UNCHECKED.replace("  result:", "  # hdsl: allow HG507 because one turn is enough\n  result:")
    assert codes(tmp_path, allowed) == []
    assert not check_file(tmp_path / "main.hg").has_errors


def test_a_file_allows_only_in_itself(tmp_path):
    (tmp_path / "lib.hg").write_text(lines("# hdsl: allow HG104 because soon"))
    user = UNUSED.replace("hdsl 1\n", 'hdsl 1\n\nuse "lib.hg" as lib\n').replace("llm(message)", "lib.reply(message)")
    assert codes(tmp_path, user) == ["HG104"]


def test_levels_make_an_error_of_a_warning_and_nothing_of_either(tmp_path):
    (tmp_path / "main.hg").write_text(UNUSED)
    path = tmp_path / "main.hg"
    assert [each.severity for each in check_file(path, levels={"HG104": "error"}).diagnostics] == ["error"]
    assert check_file(path, levels={"HG104": "error"}).has_errors
    assert check_file(path, levels={"HG104": "off"}).diagnostics == ()
    assert not check_file(path).has_errors
