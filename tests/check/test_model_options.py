"""Options that every operation which asks a model takes, beside those that it declares."""

from pathlib import Path

import pytest

from hdsl.check.session import check_file
from hdsl.graph.cost import bounds
from hdsl.graph.inline import inline
from hdsl.graph.model_options import retries_of

HEAD = """hdsl 1

type Desk { "billing": "invoices", "technical": "crashes" }

experience desks: text -> Desk = [
  ("invoice", "My invoice is wrong.", "billing"),
]

op own(input: text[*S], retries: str = "") -> text[*S] !llm = "mine:own"
op mine(input: text[*S]) -> Desk[*S] !llm = "mine:mine"
op plain(input: text[*S]) -> text[*S] = "mine:plain"

harness inner(x: text[B]) -> Desk[B] {
  budget(llm_calls=3, per=[B])

  desk: Desk[B] = expert(x, desks, retries=2)
  return desk
}

"""


def checked(folder: Path, call: str, result: str = "Desk[B]", calls: int = 9) -> tuple[list[str], int | float | None]:
    """The codes of what is found, and the calls that the bound counts for one element."""
    (folder / "mine.py").write_text("def own(x, retries=''):\n    return x\n\n\nmine = plain = own\n")
    (folder / "hdsl.toml").write_text('[operations]\nallow = ["mine:*"]\n')
    body = f"  budget(llm_calls={calls}, per=[B])\n\n  y: {result} = {call}\n  return y\n"
    file = folder / "file.hg"
    file.write_text(f"{HEAD}harness outer(x: text[B]) -> {result} {{\n{body}}}\n")
    found = check_file(file)
    codes = [diagnostic.code for diagnostic in found.diagnostics if diagnostic.severity == "error"]
    codes += [diagnostic.code for diagnostic in found.diagnostics if diagnostic.code == "HG220"]
    if codes or found.module is None:
        return codes, None
    program = inline(found.module, found.module.harnesses["outer"])
    return codes, bounds(program, {"B": 1})[0].llm_calls.number


@pytest.mark.parametrize(
    ("call", "calls"),
    [
        ("expert(x, desks)", 1),
        ("expert(x, desks, retries=0)", 1),
        ("expert(x, desks, retries=3)", 4),
        ("mine(x, retries=1)", 2),
        ("inner(x)", 3),
    ],
)
def test_written_retries_multiply_the_bound(tmp_path: Path, call: str, calls: int) -> None:
    assert checked(tmp_path, call) == ([], calls)


def test_an_option_of_the_operation_itself_is_its_own(tmp_path: Path) -> None:
    assert checked(tmp_path, 'own(x, retries="none")', "text[B]") == ([], 1)
    assert checked(tmp_path, "own(x, retries=2)", "text[B]")[0] == ["HG206"]


@pytest.mark.parametrize(
    ("call", "result", "code"),
    [
        ("expert(x, desks, retries=-1)", "Desk[B]", "HG206"),
        ("expert(x, desks, retries=1.5)", "Desk[B]", "HG206"),
        ('expert(x, desks, retries="two")', "Desk[B]", "HG206"),
        ("expert(x, desks, retries=B)", "Desk[B]", "HG206"),
        ("expert(x, desks, retries=9)", "Desk[B]", "HG710"),
        ("inner(x, retries=1)", "Desk[B]", "HG204"),
        ("plain(x, retries=1)", "text[B]", "HG204"),
        ("llm(x, retries=1)", "text[B]", "HG220"),
    ],
)
def test_what_retries_cannot_be(tmp_path: Path, call: str, result: str, code: str) -> None:
    assert checked(tmp_path, call, result)[0] == [code]


def test_a_node_knows_its_retries(tmp_path: Path) -> None:
    checked(tmp_path, "expert(x, desks, retries=3)")
    module = check_file(tmp_path / "file.hg").module
    assert module is not None
    nodes = inline(module, module.harnesses["outer"]).nodes
    assert [retries_of(node) for node in nodes.values()] == [None, 3]
