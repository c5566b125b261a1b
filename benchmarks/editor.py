"""How long the language server takes for one edit of a large file, as a share of the whole check, in one run."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from time import process_time

from benchmarks.check import large_file
from hdsl.check.checker import Checker
from hdsl.check.library import library
from hdsl.check.report import Report
from hdsl.editor.view import View
from hdsl.editor.workspace import Workspace

NODES = 2_000
TIMES = 9

EFFECTFUL = """
harness work{i}(task: text[1], shell: session[1], T: dim = 5) -> text[1] {{
  shells: session[1, T] = expand(shell, to=[1, T])
  before: text[1, T]    = terminal.capture(shells)
  keys:   text[1, T]    = llm(before, task="What now?")
  typed:  text[1, T]    = terminal.send_text(keys, shells)
  pressed: text[1, T]   = terminal.send_key("Enter", shells)
  settled: text[1, T]   = terminal.wait_idle(shells, timeout=5.0)
  after:  text[1, T]    = terminal.capture(shells)
  turn:   text[1, T]    = sequential(typed, pressed, settled, after)
  ended:  text[1, T]    = terminal.until_idle(turn, shells)
  result: text[1]       = recurrent(ended, task)
  return result
}}
"""


def many_harnesses(nodes: int) -> str:
    """So many nodes in harnesses of ten that work in a terminal."""
    return "hdsl 1\n\nuse std.terminal\n" + "".join(EFFECTFUL.format(i=i) for i in range(nodes // 10))


def edits(text: str, old: str, new: str) -> Iterator[str]:
    """The text with one place written anew, again and again."""
    assert text.count(old) == 1, old
    for number in count(1):
        yield text.replace(old, new.format(number))


def fastest(work: Callable[[], object], times: int = TIMES) -> float:
    """The least processor time of several measurements, in seconds."""
    found = []
    for _ in range(times):
        began = process_time()
        work()
        found.append(process_time() - began)
    return min(found)


def main() -> None:
    """Prints the table."""
    one, many = large_file(NODES), many_harnesses(NODES)
    middle, before = f"n{NODES // 2}: text", f"n{NODES // 2}: text[1] = expert(n{NODES // 2 - 1}"
    cases = (
        ("one harness: a text", one, f'{before}, rows, task="Decide"', None),
        (
            "one harness: a broken line",
            one,
            f"n{NODES // 2}: text[1] = expert(n{NODES // 2 - 1}",
            "n9{}: text[1] = exp((",
        ),
        ("one harness: a name", one, middle, "m{}: text"),
        (
            "one harness: a new line",
            one,
            f"  n{NODES // 2}: text",
            f"  m{{}}: text[1] = llm(task)\n  n{NODES // 2}: text",
        ),
        ("one harness: what it returns", one, f"return n{NODES - 1}", "return n{}"),
        ("one harness: its head", one, "h(task: text[1]) ->", "h(task: text[1], x{}: text[1]) ->"),
        (
            "one harness: a new declaration",
            one,
            "experience rows",
            "experience more{}: text -> text = []\nexperience rows",
        ),
        ("200 harnesses: a text", many, "harness work100(", None),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "file.hg")
        for name, text, old, new in cases:
            if new is None and old.startswith("harness"):
                at = text.index("What now?", text.index(old))
                texts = iter(f"{text[:at]}What {i}{text[at:]}" for i in count(1))
            else:
                texts = edits(text, old, new or old.replace("Decide", "Decide {}"))
            Path(path).write_text(text)
            whole = fastest(lambda path=path: Checker(Report(), library()).check(Path(path), path), 3)
            workspace = Workspace()
            workspace.documents.put(path, text)
            workspace.analysis(path)

            def edit(texts: Iterator[str] = texts, workspace: Workspace = workspace) -> None:
                workspace.documents.put(path, next(texts))
                workspace.changed()
                analysis = workspace.analysis(path)
                assert analysis is not None
                view = View(workspace, analysis, "utf-16")
                for diagnostic in analysis.diagnostics:
                    view.positions.range(diagnostic.place.span)

            again = fastest(edit)
            print(
                f"{name:<32} {whole * 1000:7.1f} ms whole  {again * 1000:6.1f} ms after an edit  {again / whole:6.1%}"
            )


if __name__ == "__main__":
    main()
