"""Inlining: calls of harnesses become one flat program, and nothing of what they were given is lost."""

from collections.abc import Callable
from pathlib import Path

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.check.session import check_file
from hdsl.graph.inline import inline
from hdsl.graph.program import ConstantArgument, NodeArgument, Program, TableArgument
from hdsl.graph.typed import OptionReference
from tests.commands import REPOSITORY

ProgramOf = Callable[..., Program]

CUT = """
harness cut(line: text[*S]) -> text[*S] {
  first: text[*S] = first_line(line)
  return first
}
"""


@pytest.fixture
def program_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProgramOf:
    """The program of the last harness of a text; other files stand beside it."""
    monkeypatch.chdir(tmp_path)

    def make(text: str, **beside: str) -> Program:
        for name, content in {"main": text, **beside}.items():
            Path(f"{name}.hg").write_text(f"hdsl 1\n\n{content}", encoding="utf-8")
        checked = check_file(Path("main.hg"))
        assert not checked.has_errors, checked.diagnostics
        assert checked.module is not None
        last = max(checked.module.harnesses.values(), key=lambda each: each.signature.span.start)
        return inline(checked.module, last)

    return make


def example(name: str) -> Program:
    checked = check_file(REPOSITORY / "examples" / name / f"{name}.hg")
    assert checked.module is not None
    return inline(checked.module, checked.module.harnesses[name])


def assert_well_formed(program: Program) -> None:
    seen: set[str] = set()
    for path, node in program.nodes.items():
        assert node.path == path
        assert seen.issuperset(node.input_paths)
        seen.add(path)
    assert program.result in seen
    for key in (argument.key for node in program.nodes.values() for argument in node.arguments
                if isinstance(argument, TableArgument)):  # fmt: skip
        assert key in program.tables


@pytest.mark.parametrize("name", ["coder", "debugger", "deployer", "router"])
def test_the_examples_are_acyclic_and_each_node_stands_after_what_it_takes(name: str) -> None:
    program = example(name)
    assert_well_formed(program)
    graph = program.digraph
    assert networkx.is_directed_acyclic_graph(graph)
    assert list(graph.nodes) == list(program.nodes)
    assert all(graph.nodes[path]["node"] is node for path, node in program.nodes.items())


def test_a_node_carries_the_path_it_came_by() -> None:
    program = example("coder")
    assert list(program.nodes) == [
        "task",
        "shell",
        *(f"done.{name}" for name in ("shells", "before", "action", "keys", "typed", "pressed", "sent")),
        *(f"done.{name}" for name in ("settled", "after", "turn", "checked", "result")),
    ]
    assert program.result == "done.result"
    assert program.nodes["done.action"].module == "std.agents"
    assert program.nodes["task"].shown == "input"
    assert program.nodes["shell"].shown == "session"
    assert [str(effect) for effect in program.nodes["shell"].effects] == ["!open"]


def test_harnesses_in_harnesses_join_their_paths(program_of: ProgramOf) -> None:
    program = program_of(
        CUT
        + """
harness middle(line: text[1]) -> text[1] {
  once: text[1] = cut(line)
  twice: text[1] = cut(once)
  return twice
}

harness outer(line: text[1]) -> text[1] {
  out: text[1] = middle(line)
  return out
}
"""
    )
    assert list(program.nodes) == ["line", "out.once.first", "out.twice.first"]
    assert program.nodes["out.twice.first"].input_paths == ("out.once.first",)
    assert program.result == "out.twice.first"


def test_a_harness_that_returns_its_input_leaves_no_node(program_of: ProgramOf) -> None:
    same = "harness same(line: text[*S]) -> text[*S] {\n  return line\n}\n"
    program = program_of(
        same + "harness outer(line: text[2]) -> text[2] {\n  out: text[2] = same(line)\n  return out\n}\n"
    )
    assert list(program.nodes) == ["line"]
    assert program.result == "line"
    constant = program_of(
        same + 'harness outer(line: text[2]) -> text[2] {\n  out: text[2] = same("hi")\n  return out\n}\n'
    )
    assert constant.result == "out"
    assert constant.nodes["out"].shown == "constant"
    assert constant.nodes["out"].arguments == (ConstantArgument("hi", (2,)),)


def test_an_operation_is_passed_with_its_own_options_bound() -> None:
    checked = example("debugger").nodes["fixed.checked"]
    assert checked.shown == "until_exit"
    assert checked.what.signature.entry == "hdsl.ops.terminal:until_exit"
    assert dict(checked.options) == {"command": "python3 -m pytest -q", "timeout": 60.0, "code": 0}
    assert {str(effect) for effect in checked.effects} == {"!read", "!wait(timeout)", "!fails"}
    assert example("coder").nodes["done.checked"].shown == "until_idle"


def test_an_operation_passes_through_several_harnesses_and_its_options_follow_the_caller(
    program_of: ProgramOf,
) -> None:
    program = program_of(
        """
harness inner(line: text[*S], judge: op(text[*E]) -> text[*E] !fails) -> text[*S] {
  judged: text[*S] = judge(line)
  return judged
}

harness middle(line: text[*S], judge: op(text[*E]) -> text[*E] !fails) -> text[*S] {
  out: text[*S] = inner(line, judge=judge)
  return out
}

harness outer(line: text[B], wanted: str) -> text[B] {
  done: text[B] = middle(line, judge=until_match(pattern=wanted))
  return done
}
"""
    )
    judged = program.nodes["done.out.judged"]
    assert (judged.shown, judged.shape) == ("until_match", ("B",))
    assert dict(judged.options) == {"pattern": OptionReference("wanted")}


def test_shapes_are_those_of_the_caller(program_of: ProgramOf) -> None:
    program = program_of(
        """use std.agents
use std.terminal

experience decide: text -> agents.Action = []

harness batch(task: text[B], shell: session[B], T: dim = 4) -> text[B] {
  done: text[B] = agents.terminal_agent(task, decide, shell, until=terminal.until_idle, T=T)
  return done
}
"""
    )
    assert program.nodes["done.action"].shape == ("B", "T")
    assert program.nodes["done.result"].shape == ("B",)
    assert program.nodes["done.shells"].options == {"to": ("B", "T")}
    assert dict(program.dimensions) == {"B": None, "T": 4}


def test_a_dimension_given_as_a_number_replaces_the_name(program_of: ProgramOf) -> None:
    program = program_of(
        """
harness copies(line: text[1], K: dim = 3) -> text[1, K] {
  out: text[1, K] = expand(line, to=[1, K])
  return out
}

harness outer(line: text[1]) -> text[1, 5] {
  out: text[1, 5] = copies(line, K=5)
  return out
}

harness plain(line: text[1]) -> text[1, 3] {
  out: text[1, 3] = copies(line)
  return out
}
""",
    )
    assert (program.nodes["out.out"].shape, program.nodes["out.out"].options) == ((1, 3), {"to": (1, 3)})


def test_a_session_that_is_not_given_is_a_fresh_one_for_each_call(program_of: ProgramOf) -> None:
    looks = "use std.terminal\n\nharness looks(line: text[*S], shell: session[*S]) -> text[*S] {\n"
    looks += "  seen: text[*S] = terminal.capture(shell)\n  out: text[*S] = join(line, seen)\n  return out\n}\n"
    program = program_of(
        looks
        + """
harness outer(line: text[2]) -> text[2] {
  one: text[2] = looks(line)
  two: text[2] = looks(one)
  return two
}
"""
    )
    sessions = [node for node in program.nodes.values() if node.shown == "session"]
    assert [(node.path, node.shape) for node in sessions] == [("one.shell", (2,)), ("two.shell", (2,))]
    assert program.nodes["one.seen"].input_paths == ("one.shell",)
    assert program.nodes["one.seen"].sessions == (True,)


def test_constants_have_the_shape_that_is_wanted(program_of: ProgramOf) -> None:
    program = program_of(
        """
harness outer(line: text[B]) -> text[B] {
  out: text[B] = join("a", line, with=" ")
  return out
}
"""
    )
    assert program.nodes["out"].arguments == (ConstantArgument("a", ("B",)), NodeArgument("line"))
    listed = program_of(
        'harness outer(line: text[2]) -> text[2] {\n  out: text[2] = join(["a", "b"], line)\n  return out\n}\n'
    )
    assert listed.nodes["out"].arguments[0] == ConstantArgument(("a", "b"), (2,))


def test_experiences_keep_the_module_they_are_of(program_of: ProgramOf) -> None:
    library = """experience memory: text -> text = [("q", "k", "v")]

harness asks(line: text[*S]) -> text[*S] {
  out: text[*S] = expert(line, memory)
  return out
}

harness asks_with(line: text[*S], taken: experience(text -> text)) -> text[*S] {
  out: text[*S] = expert(line, taken)
  return out
}
"""
    program = program_of(
        """use "lib.hg" as lib

experience memory: text -> text = []

harness outer(line: text[1]) -> text[1] {
  one: text[1] = lib.asks(line)
  two: text[1] = lib.asks_with(one, memory)
  three: text[1] = lib.asks_with(two, lib.memory)
  return three
}
""",
        lib=library,
    )
    keys = [program.nodes[path].arguments[1] for path in ("one.out", "two.out", "three.out")]
    assert keys == [TableArgument("lib.hg:memory"), TableArgument("memory"), TableArgument("lib.hg:memory")]
    assert [len(table.rows) for table in program.tables.values()] == [1, 0]


def test_a_switch_has_its_labels_and_an_index_its_items(program_of: ProgramOf) -> None:
    program = program_of(
        """type Kind { "a": "one", "b:": "other" }

experience memory: text -> Kind = []

harness outer(line: text[3]) -> text[] {
  kind: Kind[3] = expert(line, memory)
  rest: text[3] = payload(kind)
  out: text[3] = switch kind { "a" => line, else => rest }
  last: text[] = out[-1]
  return last
}
"""
    )
    assert program.nodes["out"].what.labels == ("a", None)
    assert program.nodes["out"].input_paths == ("kind", "line", "rest")
    assert program.nodes["kind"].type.label_texts == ("a", "b:")
    assert (program.nodes["last"].shown, program.nodes["last"].shape) == ("index", ())
    assert list(program.edges()) == [
        ("line", "kind", 0),
        ("kind", "rest", 0),
        ("kind", "out", 0),
        ("line", "out", 1),
        ("rest", "out", 2),
        ("out", "last", 0),
    ]


def test_a_node_used_twice_by_another_has_two_edges(program_of: ProgramOf) -> None:
    program = program_of("harness twice(x: text[1]) -> text[1] {\n  out: text[1] = join(x, x)\n  return out\n}\n")
    edges = program.digraph.edges("x", data="position")
    assert [(target, position) for _, target, position in edges] == [("out", 0), ("out", 1)]


def test_each_inlined_call_keeps_its_own_budget(program_of: ProgramOf) -> None:
    program = program_of(
        """experience memory: text -> text = []

harness asks(line: text[N]) -> text[N] {
  budget(llm_calls=1, per=[N])

  out: text[N] = expert(line, memory)
  return out
}

harness outer(line: text[B]) -> text[B] {
  budget(llm_calls=2, seconds=5, per=[B])

  one: text[B] = asks(line)
  two: text[B] = asks(one)
  return two
}
"""
    )
    assert [(budget.path, budget.llm_calls, budget.seconds, budget.per) for budget in program.budgets] == [
        ("", 2, 5, ("B",)),
        ("one", 1, None, ("B",)),
        ("two", 1, None, ("B",)),
    ]


@given(depth=st.integers(1, 12), width=st.integers(1, 3))
def test_any_tower_of_harnesses_is_one_flat_acyclic_program(
    tmp_path_factory: pytest.TempPathFactory, depth: int, width: int
) -> None:
    text = "hdsl 1\n\nharness h0(line: text[*S]) -> text[*S] {\n  out: text[*S] = first_line(line)\n  return out\n}\n"
    for level in range(1, depth + 1):
        calls = [
            f"  n{i}: text[*S] = h{level - 1}({'line' if i == 0 else f'n{i - 1}'})\n"
            for i in range(width if level < 4 else 1)
        ]
        text += f"\nharness h{level}(line: text[*S]) -> text[*S] {{\n{''.join(calls)}  return n{len(calls) - 1}\n}}\n"
    path = tmp_path_factory.mktemp("tower") / "tower.hg"
    path.write_text(text, encoding="utf-8")
    checked = check_file(path, "tower.hg")
    assert checked.module is not None and not checked.has_errors
    program = inline(checked.module, checked.module.harnesses[f"h{depth}"])
    assert_well_formed(program)
    assert len(program.nodes) == 1 + width ** min(depth, 3)
    assert networkx.is_directed_acyclic_graph(program.digraph)


def test_what_is_passed_on_shows_itself_alike_each_time(program_of: ProgramOf) -> None:
    text = """
harness answer(line: text[*S], manner: str = "short", using: op(text[*S]) -> text[*S] = first_line) -> text[*S] {
  said: text[*S] = llm(line, task=manner)
  out: text[*S] = using(said)
  return out
}
"""
    one, other = ([repr(node.options) for node in program_of(text).nodes.values()] for _ in range(2))
    assert one == other
    assert "OptionReference('manner')" in "".join(one)
