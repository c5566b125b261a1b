"""`similarity = "embeddings"`: rows that share no word with a question are found, and what a run then does."""

from pathlib import Path

import pytest

from tests.commands import Ended, hdsl, newest_run
from tests.servers.embedding import embedded
from tests.servers.scripted_openai import ScriptedServer, failure

DESK = """hdsl 1

type Desk { "travel", "billing", "technical" }

experience route: text -> Desk = [
  ("a cheap flight", "", "travel"),
  ("the airline ticket", "", "travel"),
  ("a refund", "", "billing"),
  ("money back", "", "billing"),
  ("the program is broken", "", "technical"),
  ("a crash at start", "", "technical"),
]

experience replies: text -> text = [
  ("a cheap flight", "", "We look for one."),
  ("a refund", "", "It is on its way."),
]

harness desk(question: text[B]) -> Desk[B] {
  found: Desk[B] = expert(question, route)
  return found
}

harness reply(question: text[B]) -> text[B] {
  found: text[B] = expert(question, replies)
  return found
}

train desk {
  data = load("questions.jsonl")
  valid = 0
  keep = "always"
  epochs = 1
}

test "a plane is a flight" {
  out: Desk[1] = desk(["inexpensive plane"])
  expect contains(out, "travel")
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "desk.hg").write_text(DESK, encoding="utf-8")
    (tmp_path / "questions.jsonl").write_text('{"question": "visa", "expected": "billing"}\n', encoding="utf-8")
    return tmp_path


def asked(folder: Path, url: str, *words: str, command: str = "run", **environment: str) -> Ended:
    given = {"OPENAI_BASE_URL": url, "HDSL_SIMILARITY": "embeddings", "HDSL_EMBEDDING_MODEL": "e", "HDSL_RETRIES": "0"}
    return hdsl(command, "desk.hg", *words, folder=folder, environment={**given, **environment})


def test_rows_are_found_by_what_they_mean_and_asked_for_once(folder: Path) -> None:
    questions = ("--question", "inexpensive plane", "--question", "my reimbursement", "--question", "It freezes")
    with ScriptedServer(embedded) as server:
        ran = asked(folder, server.url, "--harness", "desk", *questions)
        assert (ran.code, ran.out.split()) == (0, ["travel", "billing", "technical"]), ran.err
        texts = [text for body in server.requests for text in body["input"]]
        assert len(texts) == len(set(texts)) == 9
        record = newest_run(folder).json
        assert record["similarity"] == "embeddings"
        assert record["usage"]["prompt_tokens"] > 0
        assert asked(folder, server.url, "--harness", "desk", *questions).code == 0
        assert len([text for body in server.requests for text in body["input"]]) == 9, "everything was kept"
        reply = asked(folder, server.url, "--harness", "reply", "--question", "a low-cost plane")
        assert (reply.code, reply.out.strip()) == (0, "We look for one.")
        by_words = asked(folder, server.url, "--harness", "desk", *questions, HDSL_SIMILARITY="words")
        assert by_words.code == 3


def test_what_is_learned_is_embedded_and_nothing_else_again(folder: Path) -> None:
    with ScriptedServer(embedded) as server:
        trained = asked(folder, server.url, command="train")
        assert trained.code == 0, trained.err
        before = [text for body in server.requests for text in body["input"]]
        ran = asked(folder, server.url, "--harness", "desk", "--question", "card")
        assert (ran.code, ran.out.strip()) == (0, "billing"), ran.err
        after = [text for body in server.requests for text in body["input"]][len(before) :]
        assert sorted(set(after) - set(before)) == ["card"]
        assert asked(folder, server.url, command="test").code == 0


def test_what_goes_wrong_has_its_exit_code_and_says_the_fix(folder: Path) -> None:
    one = ("--harness", "desk", "--question", "inexpensive plane")
    with ScriptedServer(lambda body: failure(404, "no such endpoint")) as server:
        ran = asked(folder, server.url, *one)
        assert ran.code == 5
        assert "does not embed texts: HTTP 404: no such endpoint" in ran.err
        assert 'similarity = "words"' in ran.err
    unreachable = asked(folder, server.url, *one)
    assert unreachable.code == 5
    with ScriptedServer(embedded) as server:
        limited = asked(folder, server.url, *one, "--max-calls", "1")
        assert limited.code == 4, limited.err
        unknown = asked(folder, server.url, *one, HDSL_SIMILARITY="embedding")
        assert unknown.code == 2
        assert "did you mean 'embeddings'" in unknown.err
        none = asked(folder, server.url, *one, HDSL_EMBEDDING_KERNEL="local")
        assert none.code == 2
        assert "embedding_kernel" in none.err
    unset = asked(folder, "", *one)
    assert unset.code == 5
    assert "OPENAI_BASE_URL" in unset.err
