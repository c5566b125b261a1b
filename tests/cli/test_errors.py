"""Errors reach the user in one way: a sentence on stderr, and the exit code that the error itself knows."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import hdsl
from hdsl.ground.errors import HdslError
from tests.commands import hdsl as run

OF_THEIR_OWN = {
    "hdsl.check.report.TooManyErrors",
    "hdsl.editor.framing.BadMessage",
    "hdsl.editor.references.CannotRename",
    "hdsl.executors.job.AskFailed",
    "hdsl.experience.files._GivenTwiceError",
    "hdsl.experience.spreadsheets.TableError",
    "hdsl.experience.training_data._MalformedError",
    "hdsl.future.loop.TimeSpent",
    "hdsl.future.node.Unfinished",
    "hdsl.graph.inline.ProgramTooLarge",
    "hdsl.ground.plain.NotPlain",
    "hdsl.kernel.acp_terminals.Refused",
    "hdsl.kernel.body.NotJson",
    "hdsl.kernel.embeddings.NotEmbedded",
    "hdsl.kernel.gguf.NotGguf",
    "hdsl.kernel.guided.Refused",
    "hdsl.kernel.retry.TransientFailure",
    "hdsl.kernel.transport._TooLargeError",
    "hdsl.ops.isolated.IsolatedError",
    "hdsl.ops.patterns.PatternError",
    "hdsl.policy.budget.Spent",
    "hdsl.policy.words.TooDeep",
    "hdsl.pool.canonical.NotCanonical",
    "hdsl.pool.segments.BadSegment",
    "hdsl.pool.signing.BadSignature",
    "hdsl.report.reading.UnusableNumberError",
    "hdsl.sessions.replay._Hangs",
    "hdsl.structure.reading.NotOfStructure",
    "hdsl.syntax.driver.Unparsed",
    "hdsl.syntax.format.Unformattable",
    "hdsl.tensor.dump.NotADump",
    "hdsl.tensor.hunks.PatchRejected",
    "hdsl.tensor.reflection.PolicyConflictError",
    "hdsl.storage.store.ShapeMismatch",
    "hdsl.tools.arguments.ArgumentsError",
    "hdsl.tools.connection.ToolFailed",
}
"""Those that never reach a command: states inside one room, causes of one element, answers to a caller in Python."""


def own_errors() -> set[type[Exception]]:
    """Every exception class of the package."""
    found = set()
    for info in pkgutil.walk_packages(hdsl.__path__, "hdsl."):
        # Programs of their own, which do not import what is run beside them.
        if info.name.endswith("__main__") or info.name in ("hdsl.terminal.reaper", "hdsl.tasks.inside.worker"):
            continue
        try:
            module = importlib.import_module(info.name)
        except ModuleNotFoundError as error:
            assert not str(error.name).startswith("hdsl")
            continue  # it needs an extra that is not installed
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, Exception) and value.__module__.startswith("hdsl."):
                found.add(value)
    return found


def test_every_error_knows_its_exit_code_or_never_ends_a_command() -> None:
    others = {f"{each.__module__}.{each.__qualname__}" for each in own_errors() if not issubclass(each, HdslError)}
    assert others == OF_THEIR_OWN
    assert all(0 < each.exit_code <= 5 for each in own_errors() if issubclass(each, HdslError))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "main.hg", "--word", "x", "--kernel", "none"], 2),
        (["test", "main.hg"], 1),
        (["run", "main.hg", "--word", "x"], 1),
        (["train", "main.hg"], 2),
        (["run", "main.hg", "--harness", "other"], 2),
        (["run", "main.hg", "--word", "x", "--resume", "../x"], 2),
    ],
)
def test_a_command_ends_with_the_code_of_its_error(tmp_path: Path, words: list[str], code: int) -> None:
    (tmp_path / "main.hg").write_text(
        "hdsl 1\n\nexperience rows: text -> text = []\n\nharness main(word: text[1]) -> text[1] {\n"
        '  result: text[1] = expert(word, rows)\n  return result\n}\n\ntest "it runs" {\n'
        '  out: text[1] = main("x")\n  expect exact_match(out, "x")\n}\n'
    )
    learned = tmp_path / "main.experience"
    learned.mkdir()
    (learned / "history.jsonl").write_text('{"id": 1}\n')
    (learned / "rows").mkdir()
    (learned / "rows" / "shape").write_text("no shape")
    ended = run(*words, folder=tmp_path)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(f"hdsl {words[0]}: ") and "Traceback" not in ended.err
