"""A kernel that cannot be reached ends a run, unless everything that needs the answer goes on without it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import hdsl
from tests.servers.models import reached
from tests.servers.nobody import port_of_nobody

PROGRAM = """hdsl 1

harness caught(question: text[1]) -> text[1] {
  said:   text[1] = llm(question)
  line:   text[1] = first_line(said)
  why:    text[1] = cause(said)
  result: text[1] = fallback(line, why)
  return result
}

harness uncaught(question: text[1]) -> text[1] {
  said:   text[1] = llm(question)
  line:   text[1] = first_line(said)
  both:   text[1] = join(line, said)
  result: text[1] = fallback(line, both)
  return result
}
"""


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port that refuses connections."""
    with port_of_nobody() as port:
        yield port


def test_it_is_caught_where_every_need_of_the_answer_is(tmp_path: Path, nobody: int) -> None:
    url = f"http://127.0.0.1:{nobody}/v1"
    (tmp_path / "main.hg").write_text(PROGRAM, encoding="utf-8")
    server = {**reached(url), "HDSL_RETRIES": "0"}
    words = ["--question", "Why?", "--kernel", "openai"]
    caught = hdsl("run", "main.hg", "--harness", "caught", *words, folder=tmp_path, environment=server)
    assert (caught.code, "does not answer" in caught.out) == (0, True), caught.err
    uncaught = hdsl("run", "main.hg", "--harness", "uncaught", *words, folder=tmp_path, environment=server)
    assert (uncaught.code, uncaught.out) == (5, "")
