"""Lines of plain words are told apart without a parser, and never let through what the parser would deny."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.policy.builtins import BUILTINS
from hdsl.policy.deciding import decide
from hdsl.policy.kinds import JUDGED
from hdsl.policy.plain_lines import is_plain_line
from hdsl.policy.shells import SHELLS
from hdsl.policy.wrappers import WRAPPERS
from tests.commands import REPOSITORY

WORDS = sorted(
    {*JUDGED, *BUILTINS, *SHELLS, *WRAPPERS, "python", "node", "if", "then", "time", "mkfs.ext4", "id_rsa", "my_rsa"}
    | {
        "-rf",
        "-r",
        "-c",
        "--force",
        "reset",
        "push",
        "--hard",
        "a",
        "We",
        "refund",
        "x.",
        "_netrc",
        ".",
        ",",
        ":",
        "+x",
        "777",
    }
)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS) | st.text("ab.,:_+- ", max_size=4), max_size=6).map(" ".join))
def test_no_plain_line_is_one_that_is_denied(text):
    if is_plain_line(text):
        assert decide(text).mode == "allow", text


def test_no_denied_command_is_a_plain_line():
    denied = (REPOSITORY / "tests" / "policy" / "denied.txt").read_text(encoding="utf-8").split("\n")
    assert [line for line in denied if is_plain_line(line)] == []


def test_answers_in_words_are_plain():
    for text in ("We send the refund back within 30 days.", "billing", "Press Enter, then wait: it takes a while"):
        assert is_plain_line(text)
