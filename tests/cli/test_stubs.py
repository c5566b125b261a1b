"""`given` in tests: what a node says without being evaluated, with what only it needs left out."""

from pathlib import Path

from tests.commands import hdsl

HARNESSES = """hdsl 1

use std.terminal

type Verdict { "good": "it can stay", "bad": "it cannot" }

experience judge: text -> Verdict = []

# Asks a model, which there is none of here.
harness asked(x: text[]) -> text[] {
  said:  text[] = llm(x)
  first: text[] = first_line(said)
  return first
}

harness deploy(version: text[], shell: session[]) -> text[] {
  order:   text[] = join("./deploy.sh", version, with=" ")
  ran:     text[] = terminal.run(order, shell, timeout=120.0)
  healthy: text[] = terminal.until_exit(ran, shell, command="./health.sh", timeout=20.0)
  words:   text[] = asked(healthy)
  report:  text[] = join("deployed", words, with=": ")
  return report
}

harness judged(draft: text[B], T: dim = 3) -> Verdict[B] {
  drafts: text[B, T]    = expand(draft, to=[B, T])
  said:   Verdict[B, T] = expert(drafts, judge)
  good:   Verdict[B, T] = until_label(said, "good")
  result: Verdict[B]    = recurrent(good, draft)
  return result
}

harness parts(letter: text[], N: dim = 4) -> text[] {
  part:  text[N] = split(letter)
  short: text[N] = llm(part)
  all:   text[]  = merge(short)
  return all
}
"""

TESTS = """
test "a node inside a call" {
  given deploy.healthy = "fine"
  given deploy.words.said = "well\\nthen"
  out: text[] = deploy("v2")
  expect exact_match(out, "deployed: well")
}

test "a whole call" {
  given deploy.words = "well"
  out: text[] = deploy("v2")
  expect exact_match(out, "deployed: well")
}

test "in every call of its harness" {
  given asked.said = "hello"
  out:   text[] = deploy("v2")
  other: text[] = asked("x")
  expect exact_match(out, "deployed: hello")
  expect exact_match(other, "hello")
}

test "a failure" {
  given deploy.ran = fail("no such version")
  out: text[] = deploy("v2")
  expect contains(out, "v2")
}

test "a text for each turn" {
  given judged.said = ["bad", "good"]
  out: Verdict[1] = judged(["a"])
  expect exact_match(out, "good")
}

test "behind another" {
  given judged.said = ["bad", "good"]
  given judged.good = "good"
  out: Verdict[1] = judged(["a"])
  expect exact_match(out, "good")
}

test "turns that are not given" {
  given judged.said = [["bad"], ["good"]]
  out: Verdict[2] = judged(["a", "b"])
  expect exact_match(out, "good")
}

test "room that is not filled" {
  given parts.part = ["one", "two"]
  given parts.short = ["1", fail("no"), "3", "4"]
  out: text[] = parts("x")
  expect contains(out, "1")
  expect contains(out, "3")
}

test "absent parts are not asked about" {
  given asked.said = "x"
  letter: text[] = asked("a letter")
  part: text[4] = split(letter)
  last: text[] = part[3]
  expect exact_match(last, "")
}
"""


def test_nodes_are_given_and_what_only_they_need_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "tests.hg").write_text(HARNESSES + TESTS, encoding="utf-8")
    ended = hdsl("test", "tests.hg", folder=tmp_path)
    lines = [line.partition(" (")[0] for line in ended.out.splitlines()]
    assert lines == [
        "ok     tests.hg: a node inside a call",
        "       given: deploy.healthy, deploy.words.said",
        "       not asked for: deploy.healthy",
        "ok     tests.hg: a whole call",
        "       given: deploy.words",
        "ok     tests.hg: in every call of its harness",
        "       given: asked.said",
        "FAILED tests.hg: a failure",
        "       expect 2 [] failed: no such version",
        "       given: deploy.ran",
        "ok     tests.hg: a text for each turn",
        "       given: judged.said",
        "ok     tests.hg: behind another",
        "       given: judged.said, judged.good",
        "       not asked for: judged.said",
        "FAILED tests.hg: turns that are not given",
        "       expect 2 [0] failed: the stub gives no element [0, 2]",
        "       given: judged.said",
        "ok     tests.hg: room that is not filled",
        "       given: parts.part, parts.short",
        "       not asked for: parts.part",
        "FAILED tests.hg: absent parts are not asked about",
        "       expect 4 [] is absent",
        "       given: asked.said",
        "6 passed, 3 failed",
    ], ended.out + ended.err


def test_no_model_is_needed_where_its_answers_are_given(tmp_path: Path) -> None:
    (tmp_path / "hdsl.toml").write_text('kernel = "openai"\n', encoding="utf-8")
    text = HARNESSES.replace("llm(x)", 'llm(x, model="small")') + TESTS.partition("\n\n")[0]
    (tmp_path / "tests.hg").write_text(text, encoding="utf-8")
    environment = {"OPENAI_API_KEY": "", "HDSL_MODEL": ""}
    ended = hdsl("test", "tests.hg", folder=tmp_path, environment=environment)
    assert (ended.code, ended.err) == (0, "")
    text = text.replace('  given deploy.words.said = "well\\nthen"\n', "")
    (tmp_path / "tests.hg").write_text(text, encoding="utf-8")
    assert hdsl("test", "tests.hg", folder=tmp_path, environment=environment).code == 5
