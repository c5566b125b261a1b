"""A user's operation means what its kind says, whatever it is called, and is held to it."""

from pathlib import Path

import pytest

from tests.commands import Ended, hdsl

FUNCTIONS = '''
from hdsl import tensor_operation
from hdsl.future.future_tensor import make_future
from hdsl.ops.site import Site

def first(*texts):
    return texts[0]

def loud(x):
    return x.upper()

def over(asks):
    """A tensor operation whose elements ask for what `asks` yields, in that order, and are the last."""
    @tensor_operation
    def operation(*inputs, site):
        async def generate(coordinates, trajectory, spending):
            element = None
            for number, at in asks(coordinates):
                element = await inputs[number].ft_node.get(at, trajectory)
            return element
        return make_future(generate, site.shape, name=site.name)
    return operation

@tensor_operation
def ignores(a, b, *, site):
    async def generate(coordinates, trajectory, spending):
        return await a.ft_node.get(coordinates, trajectory)
    return make_future(generate, site.shape, name=site.name)

both = over(lambda at: [(0, at), (1, at)])
backwards = over(lambda at: [(1, at), (0, at)])
elsewhere = over(lambda at: [(0, at), (1, (0,))])
second_turn = over(lambda at: [(0, (*at, 1))])
'''


def run(folder: Path, text: str, command: str = "run", *more: str) -> Ended:
    (folder / "mine.py").write_text(FUNCTIONS, encoding="utf-8")
    (folder / "main.hg").write_text("hdsl 1\n\n" + text, encoding="utf-8")
    return hdsl(command, "main.hg", *more, folder=folder)


WRITES = """
op {name}(a: text[*S], b: text[*S]) -> text[*S] = "mine:{function}"{kind}

harness main(x: text[B]) -> text[B] {{
  one: text[B] = write_file(x, "one")
  two: text[B] = write_file(x, "two")
  out: text[B] = {name}(one, two)
  return out
}}
"""


@pytest.mark.parametrize("name", ["sequential", "join", "gate", "fallback"])
def test_an_element_function_called_like_a_sequence_orders_nothing(tmp_path: Path, name: str) -> None:
    ended = run(tmp_path, WRITES.format(name=name, function="first", kind=""), "check")
    assert (ended.code, ended.out.count("HG501")) == (1, 1)


@pytest.mark.parametrize(
    "name", ["index", "expand", "stack", "merge", "constant", "input", "session", "recurrent", "attend", "mean"]
)
def test_an_element_function_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.txt").write_text("what it says", encoding="utf-8")
    text = f"""
op {name}(x: text[*S]) -> text[*S] = "mine:loud"

harness main(x: text[1]) -> text[1] {{
  read: text[1] = read_file(x)
  out:  text[1] = {name}(read)
  return out
}}
"""
    assert run(tmp_path, text, "check").code == 0
    ended = run(tmp_path, text, "run", "--x", str(tmp_path / "a.txt"))
    assert (ended.code, ended.out) == (0, "WHAT IT SAYS\n")


def test_a_tensor_operation_that_names_no_kind_may_not_stand_over_effects(tmp_path: Path) -> None:
    ended = run(tmp_path, WRITES.format(name="pick", function="ignores", kind=""), "check")
    assert (ended.code, ended.out.count("HG512")) == (1, 1)


def test_a_tensor_operation_that_names_no_kind_may_stand_over_texts(tmp_path: Path) -> None:
    text = """
op pick(a: text[*S], b: text[*S]) -> text[*S] = "mine:ignores"

harness main(x: text[B], y: text[B]) -> text[B] {
  out: text[B] = pick(x, y)
  return out
}
"""
    ended = run(tmp_path, text, "run", "--x", "a", "--y", "b")
    assert (ended.code, ended.out) == (0, "a\n")


def files(folder: Path, function: str, kind: str) -> Ended:
    text = f"""
op pick(a: text[*S], b: text[*S]) -> text[*S] = "mine:{function}" as {kind}

harness main(x: text[B], y: text[B]) -> text[B] {{
  one: text[B] = write_file(x, "one")
  two: text[B] = write_file(y, "two")
  out: text[B] = pick(one, two)
  return out
}}
"""
    words = [f"--{name}={folder / name}{i}" for i in range(2) for name in ("x", "y")]
    return run(folder, text, "run", *words)


def test_an_operation_that_does_as_its_kind_says(tmp_path: Path) -> None:
    ended = files(tmp_path, "both", "sequence")
    assert (ended.code, ended.out) == (0, "two\ntwo\n")


@pytest.mark.parametrize(
    ("function", "kind", "reason"),
    [
        ("ignores", "sequence", "of its input 2, as its kind"),
        ("backwards", "sequence", "before what comes first has succeeded"),
        ("elsewhere", "sequence", "asks for element [0] of its input 2 at [1]"),
        ("both", "alternatives", "although what comes first has succeeded"),
        ("backwards", "alternatives", "before what comes first has failed"),
    ],
)
def test_an_operation_that_does_otherwise_ends_the_run(tmp_path: Path, function: str, kind: str, reason: str) -> None:
    ended = files(tmp_path, function, kind)
    assert ended.code == 3
    assert reason in ended.err


def test_a_function_of_one_element_is_of_no_other_kind(tmp_path: Path) -> None:
    ended = run(tmp_path, WRITES.format(name="pick", function="first", kind=" as sequence"), "run", "--x", "a")
    assert ended.code == 2
    assert "its function takes one element" in ended.err


def test_turns_are_taken_one_after_another(tmp_path: Path) -> None:
    text = """
op loops(body: text[*S, T]) -> text[*S] = "mine:second_turn" as loop

harness main(x: text[1]) -> text[1] {
  turns: text[1, 3] = expand(x, to=[1, 3])
  read:  text[1, 3] = read_file(turns)
  found: text[1, 3] = until_match(read, pattern="done")
  out:   text[1]    = loops(found)
  return out
}
"""
    (tmp_path / "a.txt").write_text("not yet", encoding="utf-8")
    ended = run(tmp_path, text, "run", "--x", str(tmp_path / "a.txt"))
    assert ended.code == 3
    assert "before the turn before it has failed" in ended.err
