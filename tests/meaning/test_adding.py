"""An operation is added by a line, a function and a test; a kind by one file. A scratch copy of hdsl does both."""

import shutil
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests import warm
from tests.commands import REPOSITORY
from tests.editor.client import editing

OPERATION = """
# The first element along the last dimension that is not blank.
op first_said(x: text[*S, N]) -> text[*S] = "hdsl.ops.first_said:first_said" as foremost

# The text the other way round.
op turned(x: text[*S], times: int = 1) -> text[*S] !llm(times) = "hdsl.ops.turned:turned"
"""

KIND = '''"""foremost: the elements of the one input along its last dimension, one after the other."""

from hdsl.meaning.demand import Access, Number, Own, Stage
from hdsl.meaning.kind import Kind


def _demand(result, inputs, items):
    own = [Own(axis) for axis in range(len(result))]
    size = inputs[0][-1]
    if not isinstance(size, int):
        return (Stage((Access(0, (*own, Number(0))),), catches=True),)
    return tuple(Stage((Access(0, (*own, Number(i))),), catches=True) for i in range(size))


KIND = Kind("foremost", _demand)
'''

FIRST_SAID = '''"""first_said: the first element that is not blank."""

from hdsl.future.future_tensor import make_future
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation


@tensor_operation
def first_said(x, *, site):
    node = x.ft_node
    sources = sources_of(demand_of("foremost", node.shape[:-1], (node,)), (node,))

    async def generate(coordinates, trajectory, spending):
        for source, at in sources(coordinates):
            element = await source.get(at, trajectory)
            if element[0].strip():
                break
        return element

    return make_future(generate, node.shape[:-1], name=site.name, sources=sources)
'''

TURNED = '''"""turned: the text the other way round."""


def turned(x: str, *, times: int) -> str:
    return x[:: -1 if times % 2 else 1]
'''

HARNESS = """hdsl 1

harness main(x: text[1], y: text[1]) -> text[1] {
  one:   text[1]    = read_file(x)
  two:   text[1]    = write_file(y, one)
  both:  text[2, 1] = stack(one, two)
  pile:  text[1, 2] = expand(one, to=[1, 2])
  first: text[1]    = first_said(pile)
  back:  text[1]    = turned(first, times=3)
  out:   text[1]    = sequential(two, back)
  left:  text[1]    = both[0]
  done:  text[1]    = sequential(left, out)
  return done
}
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the additions, made by the steps of CONTRIBUTING.md alone."""
    folder = tmp_path_factory.mktemp("scratch")
    for name in ("hdsl", "stdlib", "grammar"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "stdlib" / "prelude.hg").open("a", encoding="utf-8") as file:
        file.write(OPERATION)
    (folder / "hdsl/meaning/kinds/foremost.py").write_text(KIND, encoding="utf-8")
    (folder / "hdsl/ops/first_said.py").write_text(FIRST_SAID, encoding="utf-8")
    (folder / "hdsl/ops/turned.py").write_text(TURNED, encoding="utf-8")
    (folder / "main.hg").write_text(HARNESS, encoding="utf-8")
    (folder / "x.txt").write_text("abc", encoding="utf-8")
    return folder


def python(copy: Path, *words: str) -> str:
    environment = {"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin", "HOME": str(copy), "XDG_CACHE_HOME": str(copy)}
    done = warm.run(words, copy, environment)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def hdsl(copy: Path, *words: str) -> str:
    return python(copy, "-m", "hdsl", *words)


def test_it_checks_costs_draws_and_runs(copy: Path) -> None:
    assert hdsl(copy, "check", "main.hg") == "1 file checked: no errors.\n"
    cost = hdsl(copy, "cost", "main.hg").splitlines()
    assert cost[1].split() == ["two", "0", "1", "0"]
    assert cost[2].split() == ["back", "3", "0", "0"]
    assert "first_said" in hdsl(copy, "graph", "main.hg", "--format", "mermaid")
    assert hdsl(copy, "run", "main.hg", "--x", "x.txt", "--y", "y.txt") == "cba\n"


def test_it_is_on_the_card_and_in_the_grammar_of_operations(copy: Path) -> None:
    assert "first_said(" in hdsl(copy, "card")
    assert "turned(" in hdsl(copy, "grammar", "--operations")


@pytest.mark.slow
def test_an_editor_completes_and_explains_it(copy: Path) -> None:
    with editing(copy, package=copy) as editor:
        editor.open("main.hg", HARNESS.replace("= turned(first, times=3)", "= tur"))
        params = lsp.CompletionParams(**editor.place("main.hg", "= tur", 5))
        offered = {item.label for item in editor.ask("text_document_completion_async", params).items}
        assert {"turned", "first_said"} <= offered
        editor.change("main.hg", HARNESS)
        place = editor.place("main.hg", "first_said(")
        told = editor.ask("text_document_hover_async", lsp.HoverParams(**place)).contents.value
        assert "The first element along the last dimension that is not blank." in told
        kinds = 'op f(x: text[*S, N]) -> text[*S] = "mine:f" as fore'
        editor.change("main.hg", HARNESS + kinds)
        params = lsp.CompletionParams(**editor.place("main.hg", kinds, len(kinds)))
        assert "foremost" in {item.label for item in editor.ask("text_document_completion_async", params).items}
