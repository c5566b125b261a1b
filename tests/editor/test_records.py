"""Records in the editor: fields behind a dot and in holes, what is said of them, where they are declared and used."""

from pathlib import Path

import pytest

from hdsl.editor.completion import complete
from hdsl.editor.hover import hover
from hdsl.editor.references import definition, highlights, renamed
from hdsl.editor.view import View
from hdsl.editor.workspace import Workspace

PEOPLE = """hdsl 1

type Kind { "friend": "of ours", "work" }
type Address { city: text "the town", zip: int? }
type Person { name: text "as it is written", at: Address?, kind: Kind, children: list(Address) }

harness line(person: Person[B]) -> text[B] {
  other: Person[B] = llm(person, task="Who else?")
  town:  text[B]   = join(other.at.city, person.name)
  said:  text[B]   = "{other.name}: {town}"
  kind:  text[B]   = switch other.kind { "friend" => said, "work" => person.name }
  return kind
}
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people") / "people.hg"


def view_of(path: Path, text: str) -> View:
    path.write_text(text, encoding="utf-8")
    workspace = Workspace()
    analysis = workspace.analysis(str(path))
    assert analysis is not None
    return View(workspace, analysis, "utf-16")


def offered(path: Path, typed: str, instead_of: str = "join(other.at.city, person.name)") -> list[str]:
    """What is offered at the end of what is typed in the place of an expression."""
    text = PEOPLE.replace(instead_of, typed)
    return [item.label for item in complete(view_of(path, text), text.index(typed) + len(typed))]


def test_fields_are_offered_behind_a_dot(path: Path) -> None:
    assert offered(path, "join(other.") == ["name", "at", "kind", "children"]
    assert offered(path, "join(other.at.ci") == ["city", "zip"]
    assert offered(path, "join(person.") == ["name", "at", "kind", "children"]
    assert offered(path, '"Dear {other.') == ["name", "at", "kind", "children"]
    assert offered(path, '"Dear {other.at.') == ["city", "zip"]
    assert offered(path, '"Dear {')[:2] == ["person", "other"]
    assert offered(path, "switch other.kind { ") == ["else", '"friend"', '"work"']
    assert offered(path, "join(other.name.") == []


def test_what_is_said_of_fields_and_records(path: Path) -> None:
    view = view_of(path, PEOPLE)

    def said(words: str, into: int) -> str:
        found = hover(view, PEOPLE.index(words) + into)
        return "" if found is None else found[0]

    assert said("other.at.city", len("other.at.c")) == '```hg\ncity: text "the town"\n```\n\nA field of `Address`.'
    assert said("{other.name}", len("{other.n")).startswith('```hg\nname: text "as it is written"\n```')
    assert "- `at: Address?`" in said("Person[B] = llm", 1)
    assert "other: Person[B]" in said("other.at.city", 1)


def test_a_field_is_found_where_it_is_declared_and_used(path: Path) -> None:
    view = view_of(path, PEOPLE)
    place = definition(view, PEOPLE.index("{other.name}") + len("{other.n"))
    assert place is not None
    assert (place.range.start.line, place.range.start.character) == (4, 14)
    lines = [each.range.start.line for each in highlights(view, PEOPLE.index("name: text"))]
    assert lines == [4, 8, 9, 10]
    assert [each.range.start.line for each in highlights(view, PEOPLE.index("other: Person"))] == [7, 8, 9, 10]
    assert renamed(view, PEOPLE.index("name: text")) is None
    assert renamed(view, PEOPLE.index("other: Person")) is not None
