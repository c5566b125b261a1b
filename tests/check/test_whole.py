"""What is proven of whole harnesses is proven of those that read fields of records, too."""

from tests.check.texts import codes_of

HARNESS = """hdsl 1

use std.terminal

type Person { name: text, age: int? }

harness greet(letter: text[B], shell: session[B]) -> text[B] {
  budget(llm_calls=1, per=[B])
  person: Person[B] = llm(letter)
  again: Person[B] = llm(person.name)
  first: text[B] = terminal.run(person.name, shell, timeout=1.0)
  second: text[B] = terminal.run(again.name, shell, timeout=1.0)
  both: text[B] = join(first, second)
  return both
}

test "a greeting" {
  given greet.person = %s
  out: text[1] = greet("Dear Ann")
  expect contains(out, "Ann")
}
"""


def test_budgets_and_effects_are_proven_where_fields_are_read(tmp_path):
    assert codes_of(tmp_path, HARNESS % '"""{"name": "Ann"}"""') == ["HG710", "HG501"]


def test_stubs_of_records_are_read_strictly_there(tmp_path):
    sound = HARNESS.replace("llm_calls=1", "llm_calls=2").replace("join(first, second)", "sequential(first, second)")
    assert codes_of(tmp_path, sound % '"""{"name": "Ann"}"""') == []
    assert codes_of(tmp_path, sound % '"""{"name": "Ann", "age": 1e400}"""') == ["HG326"]


def test_a_test_of_a_harness_that_cannot_be_read_is_not_looked_at(tmp_path):
    text = """hdsl 1

harness parts(log: text[], N: idm = 4) -> text[] {
  part: text[N] = split(log)
  all: text[] = merge(part)
  return all
}

test "parts" {
  given parts.part = ["one", "two"]
  out: text[] = parts("a log")
  expect contains(out, "two")
}
"""
    assert codes_of(tmp_path, text) == ["HG110"]
