"""The options of a model's node, what its author wrote, and what a later turn is shown: as a real server is asked."""

from pathlib import Path

import pytest

from tests.commands import Ended, hdsl
from tests.servers.models import instructions, reached, user
from tests.servers.scripted_openai import Body, ScriptedServer

LOOP = """hdsl 1

# Writes headlines for the morning paper.
harness headline(article: text[1], warmth: float = 0.5, T: dim = 3) -> text[1] {
  articles: text[1, T] = expand(article, to=[1, T])
  # One that fits a column.
  idea:     text[1, T] = llm(articles, task="Write a headline.", temperature=warmth, max_tokens=40)
  style:    text[1, T] = llm(idea, task="Name its style.", alone=true)
  both:     text[1, T] = join(idea, style, with=" / ")
  short:    text[1, T] = until_match(both, pattern="^good")
  result:   text[1]    = recurrent(short, article)
  return result
}
"""


def written(body: Body) -> str:
    if "Name its style" in instructions(body):
        return "plain"
    return "good news" if "bad news" in user(body) else "bad news"


def run(folder: Path, *words: str) -> tuple[Ended, list[Body]]:
    (folder / "headline.hg").write_text(LOOP)
    with ScriptedServer(written) as server:
        words = ("run", "headline.hg", "--article", "It rained.", *words, "--kernel", "openai")
        return hdsl(*words, folder=folder, environment=reached(server.url)), list(server.requests)


def test_a_node_is_asked_as_it_says(tmp_path: Path) -> None:
    ended, requests = run(tmp_path)
    assert (ended.code, ended.out) == (0, "good news / plain\n")
    ideas = [body for body in requests if "Write a headline" in instructions(body)]
    styles = [body for body in requests if "Name its style" in instructions(body)]
    assert (len(ideas), len(styles)) == (2, 2)
    assert [(body["temperature"], body["max_tokens"]) for body in ideas] == [(0.5, 40)] * 2
    assert "temperature" not in styles[0]
    for part in ("`idea`", "Writes headlines for the morning paper.", "One that fits a column."):
        assert part in instructions(ideas[0])
    assert "One that fits a column." not in instructions(styles[0])


def test_alone_means_the_input_alone(tmp_path: Path) -> None:
    _, requests = run(tmp_path)
    styles = [body for body in requests if "Name its style" in instructions(body)]
    assert [user(body) for body in styles] == ["bad news", "good news"]


def test_a_later_turn_is_shown_what_was_decided_and_which_turn_it_is(tmp_path: Path) -> None:
    _, requests = run(tmp_path)
    second = user([body for body in requests if "Write a headline" in instructions(body)][1])
    for part in ('<turn number="1" of="3" result="failed">', '<step name="idea">\nbad news\n', '<step name="style">'):
        assert part in second
    assert "This is turn 2 of 3." in second
    assert second.count("It rained.") == 1


def test_a_value_that_comes_with_the_run_is_checked_before_anything_is_asked(tmp_path: Path) -> None:
    ended, requests = run(tmp_path, "--warmth", "-1")
    assert (ended.code, requests) == (2, [])
    assert "temperature is a number of at least 0" in ended.err


def test_so_is_a_value_of_an_option_that_the_library_bounds(tmp_path: Path) -> None:
    (tmp_path / "parts.hg").write_text(
        "hdsl 1\n\nharness parts(x: text[], size: int = 3, f: float = 0.5) -> text[] {\n"
        '  part: text[4] = split(x, size=size)\n  all: text[] = merge(part)\n  said: text[] = "{all} {f}"\n'
        "  return said\n}\n"
    )
    for option, reason in (("--size=-1", "size is an integer of at least 0, not -1"), ("--f=1e400", "takes a number")):
        ended = hdsl("run", "parts.hg", "--x", "a", option, folder=tmp_path)
        assert (ended.code, reason in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ("temperature=-0.5", "a number of at least 0"),
        ('temperature="warm"', "a number of at least 0"),
        ("max_tokens=0", "an integer of at least 1"),
        ("max_tokens=2.5", "an integer of at least 1"),
        ('alone="yes"', "`true` or `false`"),
        ('model=" "', "the name of a kernel in quotes"),
        ("model=small", "the name of a kernel in quotes"),
    ],
)
def test_a_value_that_cannot_be_is_an_error_of_the_check(tmp_path: Path, option: str, wanted: str) -> None:
    source = LOOP.replace("temperature=warmth, max_tokens=40", option).replace("warmth: float = 0.5, ", "")
    (tmp_path / "headline.hg").write_text(source)
    ended = hdsl("check", "headline.hg", folder=tmp_path)
    assert ended.code == 1
    assert "HG206" in ended.out + ended.err and wanted in ended.out + ended.err


def test_an_option_of_the_operation_itself_wins(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from hdsl.kernel.request import Request\n"
        "from hdsl.ops.asking import ask_kernel\n\n\n"
        "async def ask(x, *, temperature, pull):\n"
        "    return await ask_kernel(Request('llm', x, task=f'Answer {temperature}.'), pull)\n"
    )
    (tmp_path / "own.hg").write_text(
        'hdsl 1\n\nop ask(x: text[*S], temperature: str = "warm") -> text[*S] !llm = "own:ask"\n\n'
        "harness main(x: text[1]) -> text[1] {\n"
        '  y: text[1] = ask(x, temperature="cold", max_tokens=7)\n'
        "  return y\n}\n"
    )
    with ScriptedServer(["fine"]) as server:
        words = ("run", "own.hg", "--x", "a", "--kernel", "openai")
        ended = hdsl(*words, folder=tmp_path, environment=reached(server.url))
        [body] = server.requests
    assert (ended.code, ended.out) == (0, "fine\n")
    assert "Answer cold." in instructions(body)
    assert "temperature" not in body and body["max_tokens"] == 7
