"""Templates: which braces are holes, what their pieces say, and where they stand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.syntax import tree
from hdsl.syntax.parser import parse


def parsed(literal: str) -> tuple[str, tree.Template]:
    """A file with the template as a node, and the template."""
    text = f"hdsl 1\nharness h(x: text[]) -> text[] {{\n  a: text[] = {literal}\n  return a\n}}\n"
    result = parse(text)
    assert result.faults == ()
    (harness,) = result.file.items
    assert isinstance(harness, tree.Harness)
    (node,) = harness.body
    assert isinstance(node, tree.Node) and isinstance(node.value, tree.Template)
    return text, node.value


def parts(literal: str) -> list[Any]:
    """The pieces as they are, the holes in tuples."""
    return [part if isinstance(part, str) else (part.name.text,) for part in parsed(literal)[1].parts]


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ('"hello"', ["hello"]),
        ('""', []),
        ('"{x}"', [("x",)]),
        ('"Q: {x}, {p.name} and {p.at.city}!"', ["Q: ", ("x",), ", ", ("p.name",), " and ", ("p.at.city",), "!"]),
        (r'"\{x} \\{x}"', ["{x} \\", ("x",)]),
        (r'"$\{HOME} {\"a\": 1} \\d{3} {x} {}"', ['${HOME} {"a": 1} \\d{3} ', ("x",), " {}"]),
        ('"{ x } {x y} {x[0]} {x!r} {3x} {x.} {.x}"', ["{ x } {x y} {x[0]} {x!r} {3x} {x.} {.x}"]),
        ('"{{x}}"', ["{", ("x",), "}"]),
        ('"a{x}{y}b"', ["a", ("x",), ("y",), "b"]),
        (r'"\n\t\"\u007bx}"', ['\n\t"{x}']),
    ],
)
def test_a_name_between_braces_is_a_hole_and_nothing_else(literal: str, expected: list[Any]) -> None:
    assert parts(literal) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ('"""one\n  two"""', ["one\n  two"]),
        ('"""\n    one\n      {x}\n    two\n    """', ["one\n  ", ("x",), "\ntwo"]),
        ('"""\n    one\n\n      two\n  """', ["one\n\n  two"]),
        ('"""\n  one\n   \n  two"""', ["one\n\ntwo"]),
        ('"""\n\tone\n\t  two\n\n"""', ["one\n  two\n"]),
        ('"""\n  one\n\ttwo\n"""', ["  one\n\ttwo"]),
        ('"""\r\n  one\r\n  two\r\n  """', ["one\r\ntwo"]),
        ('"""\n"""', []),
        ('"""\n   """', []),
        (r'"""' + "\n" + r"  \n  {x}\{y}" + '\n"""', ["\n  ", ("x",), "{y}"]),
    ],
)
def test_a_long_text_loses_its_indentation(literal: str, expected: list[Any]) -> None:
    assert parts(literal) == expected


def test_the_span_of_a_hole_is_where_it_stands() -> None:
    text, template = parsed('"""\n      é {x}\n        {first.name}\n      """')
    assert [text[slice(*hole.span)] for hole in template.holes] == ["{x}", "{first.name}"]
    assert [text[slice(*hole.name.span)] for hole in template.holes] == ["x", "first.name"]
    assert text[slice(*template.span)].startswith('"""') and text[slice(*template.span)].endswith('"""')


@given(text=st.text(alphabet=st.sampled_from('{}xy. "\\\né'), max_size=30))
def test_what_is_escaped_is_read_as_it_was(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("{", "\\{")
    assert parts(f'"{escaped}"') == ([text] if text else [])


def test_branches_are_texts_too() -> None:
    text = 'hdsl 1 harness h(x: text[]) -> text[] { a = switch x { "b" => "no {x}", else => x } return a.b }\n'
    (harness,) = parse(text).file.items
    assert isinstance(harness, tree.Harness) and harness.returned is not None
    (node,) = harness.body
    assert isinstance(node, tree.Node) and isinstance(node.value, tree.Switch)
    first, second = (case.branch for case in node.value.cases)
    assert isinstance(first, tree.Template) and [hole.name.text for hole in first.holes] == ["x"]
    assert isinstance(second, tree.Name)
    assert harness.returned.text == "a.b"
