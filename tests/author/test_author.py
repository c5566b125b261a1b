"""`hdsl author` against a scripted server: what is asked, what is corrected, what is kept and how it ends."""

from pathlib import Path

import pytest

from tests.commands import hdsl
from tests.servers.scripted_openai import ScriptedServer

GOOD = """hdsl 1

# Answers a letter in a friendly tone.
harness reply(letter: text[B]) -> text[B] {
  budget(llm_calls=1, per=[B])

  answer: text[B] = llm(letter, task="Answer this letter in a friendly tone.")
  return answer
}

test "the answer is what the model says" {
  given reply.answer = "Dear Ann"
  out: text[1] = reply("Hello")
  expect exact_match(out, "Dear Ann")
}
"""
UNKNOWN = GOOD.replace("return answer", "return anwser")
TWICE_WRONG = UNKNOWN.replace("per=[B]", "per=[C]")
FAILING = GOOD.replace('(out, "Dear Ann")', '(out, "Dear Bob")')
UNTESTED = GOOD.partition("\ntest")[0]
FUNCTION = GOOD.replace("# Answers", 'op shout(x: text[*S]) -> text[*S] = "os:system"\n\n# Answers').replace(
    "  return answer", "  loud: text[B] = shout(answer)\n  return loud"
)
ON_A_TERMINAL = GOOD.replace("hdsl 1\n", "hdsl 1\n\nuse std.terminal\n").replace(
    'given reply.answer = "Dear Ann"\n  out: text[1] = reply("Hello")',
    "shell: session[] = terminal.open()\n  out: text[] = terminal.capture(shell)",
)


def author(folder: Path, server: ScriptedServer, *options: str):
    return hdsl(
        "author",
        "answer letters in a friendly tone",
        "--kernel",
        "openai",
        *options,
        folder=folder,
        environment={"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "key", "HDSL_MODEL": "scripted"},
    )


def test_a_file_is_corrected_by_the_checker_and_its_tests_until_it_is_right(tmp_path):
    with ScriptedServer([f"Sure, here it is:\n```hg\n{UNKNOWN}```\nEnjoy!", UNTESTED, FAILING, GOOD]) as server:
        ended = author(tmp_path, server)
    assert (ended.code, ended.out) == (0, "reply.hg\n")
    assert (tmp_path / "reply.hg").read_text() == GOOD
    assert "try 1: 1 error\n" in ended.err and "try 4: checks, 1 test passed\n" in ended.err
    first, second, third, fourth = server.requests
    assert first["tools"][0]["custom"]["format"]["grammar"]["syntax"] == "lark"
    assert "root ::=" in second["grammar"] and "#" not in second["grammar"].replace('"#"', "")
    assert "## Operations" in str(first["messages"]) and "## std.terminal" not in str(first["messages"])
    assert "HG101 `anwser` is not defined. Did you mean `answer`?" in second["messages"][-1]["content"]
    assert "There is no test" in third["messages"][-1]["content"]
    assert "is 1, not 0" in fourth["messages"][-1]["content"]


def test_the_best_file_is_kept_with_what_is_wrong_with_it(tmp_path):
    with ScriptedServer([TWICE_WRONG, UNKNOWN, "no idea"]) as server:
        ended = author(tmp_path, server, "--tries", "3", "--out", "mine.hg")
    assert (ended.code, ended.out) == (1, "mine.hg\n")
    assert (tmp_path / "mine.hg").read_text() == UNKNOWN
    assert "HG101" in ended.err and "not right yet after 3 tries" in ended.err


def test_no_function_is_imported_and_no_terminal_is_touched(tmp_path):
    with ScriptedServer([FUNCTION, ON_A_TERMINAL]) as server:
        ended = author(tmp_path, server, "--tries", "2")
    assert ended.code == 0
    assert "HG120" in server.requests[1]["messages"][-1]["content"]
    assert 'not run, because it touches files or a terminal: test "the answer' in ended.err


def test_a_spent_limit_ends_it_with_what_there_is(tmp_path):
    with ScriptedServer([UNKNOWN, GOOD]) as server:
        ended = author(tmp_path, server, "--max-calls", "1")
    assert ended.code == 4
    assert (tmp_path / "reply.hg").read_text() == UNKNOWN
    assert len(server.requests) == 1


def test_a_name_that_is_taken_is_not_overwritten(tmp_path):
    (tmp_path / "reply.hg").write_text("mine")
    with ScriptedServer([GOOD]) as server:
        assert author(tmp_path, server, "--out", "reply.hg").code == 2
        assert not server.requests
        assert author(tmp_path, server).out == "reply2.hg\n"
    assert (tmp_path / "reply.hg").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("  ", "--kernel", "openai"), "the description is empty"),
        (("reply", "--kernel", "nearest"), "nearest cannot write"),
        (("reply", "--kernel", "openai", "--tries", "0"), "a whole number from 1 to 100"),
        (("reply", "--kernel", "openai", "--out", "missing/reply.hg"), "there is no folder"),
    ],
)
def test_wrong_usage_says_what_to_do(tmp_path, words, reason):
    ended = hdsl("author", *words, folder=tmp_path)
    assert (ended.code, reason in ended.err) == (2, True)
